import FloatJSON

/// One change of aliases. A list of them is applied whole or not at all, so that readers never find an alias missing.
public enum AliasAction: Sendable, Equatable {
    case create(alias: String, collection: String)
    case delete(alias: String)
    case rename(alias: String, to: String)

    func write(to json: inout JSONByteWriter) {
        let (name, members): (String, [(String, String)]) =
            switch self {
            case .create(let alias, let collection): ("create_alias", [("collection_name", collection), ("alias_name", alias)])
            case .delete(let alias): ("delete_alias", [("alias_name", alias)])
            case .rename(let alias, let new): ("rename_alias", [("old_alias_name", alias), ("new_alias_name", new)])
            }
        json.object { json in
            json.key(name)
            json.object { json in
                for (key, value) in members {
                    json.key(key)
                    json.string(value)
                }
            }
        }
    }
}
