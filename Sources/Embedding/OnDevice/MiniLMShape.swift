/// The measures of all-MiniLM-L6-v2.
enum MiniLMShape {
    static let width = 384
    static let heads = 12
    static let headWidth = 32
    static let layers = 6
    static let intermediate = 1536
    static let vocabulary = 30522
    static let positions = 512
    /// Tokens a text, `[CLS]` and `[SEP]` included; the model was trained with no more (its `sentence_bert_config.json`).
    static let maximumTokens = 256
    static let epsilon: Float = 1e-12
}
