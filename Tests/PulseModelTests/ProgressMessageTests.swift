import Foundation
import Testing

@testable import PulseModel

@Suite("Messages of the progress channel have the form that clients hold on to")
struct ProgressMessageTests {
    private static let run = RunReference(
        jobName: "vectorization_job",
        channel: .vectorization,
        runID: UUID(uuid: (0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0xab)),
        at: Date(timeIntervalSince1970: 1_750_000_000.25)
    )
    private static let head = """
        "at":"2025-06-15T15:06:40.250Z","channel":"Vectorization"
        """
    private static let tail = """
        "job_name":"vectorization_job"
        """
    private static let id = """
        "run_id":"11111111-2222-3333-4444-5555555555ab"
        """

    static let golden: [(ProgressMessage, String)] = [
        (.started(JobStarted(run: run, total: 12)), "{\(head),\(tail),\(id),\"total\":12,\"type\":\"job_started\"}"),
        (.started(JobStarted(run: run, total: nil)), "{\(head),\(tail),\(id),\"type\":\"job_started\"}"),
        (
            .progress(
                JobProgress(
                    run: run,
                    progress: 62.5,
                    operation: "indexing prs",
                    processed: 5,
                    total: 8,
                    failed: 1,
                    rate: 2.5,
                    etaSeconds: 3,
                    embeddingRate: 4.5
                )
            ),
            """
            {"ai_alerts":[],"ai_metrics":{"anomalies_detected":null,"data_quality_score":null,"embedding_generation_rate":4.5,\
            "ml_predictions_generated":null},\(head),"eta_seconds":3,"failed":1,\(tail),"operation":"indexing prs","processed":5,\
            "progress":62.5,"rate":2.5,\(id),"total":8,"type":"job_progress"}
            """
        ),
        (
            .progress(
                JobProgress(
                    run: run,
                    progress: 1,
                    operation: "reading",
                    processed: 3,
                    total: 4,
                    failed: 1,
                    rate: 1,
                    etaSeconds: nil,
                    embeddingRate: nil,
                    ai: AIStatus(
                        dataQualityScore: 75,
                        anomaliesDetected: 1,
                        alerts: [
                            ProgressAlert(
                                id: 9,
                                metric: "qdrant_latency",
                                severity: "high",
                                type: "latency_rise",
                                status: "open",
                                message: "slow",
                                at: Date(timeIntervalSince1970: 1_750_000_000.5)
                            )
                        ]
                    )
                )
            ),
            """
            {"ai_alerts":[{"at":"2025-06-15T15:06:40.500Z","id":9,"message":"slow","metric":"qdrant_latency","severity":"high",\
            "status":"open","type":"latency_rise"}],"ai_metrics":{"anomalies_detected":1,"data_quality_score":75,\
            "embedding_generation_rate":null,"ml_predictions_generated":null},\(head),"eta_seconds":null,"failed":1,\(tail),\
            "operation":"reading","processed":3,"progress":1,"rate":1,\(id),"total":4,"type":"job_progress"}
            """
        ),
        (
            .progress(
                JobProgress(
                    run: run,
                    progress: 0,
                    operation: "waiting",
                    processed: 0,
                    total: 0,
                    failed: 0,
                    rate: 0,
                    etaSeconds: nil,
                    embeddingRate: nil
                )
            ),
            """
            {"ai_alerts":[],"ai_metrics":{"anomalies_detected":null,"data_quality_score":null,"embedding_generation_rate":null,\
            "ml_predictions_generated":null},\(head),"eta_seconds":null,"failed":0,\(tail),"operation":"waiting","processed":0,\
            "progress":0,"rate":0,\(id),"total":0,"type":"job_progress"}
            """
        ),
        (
            .completed(JobCompleted(run: run, processed: 8, failed: 1, durationSeconds: 1.5, summary: "8 rows \"indexed\" 🦊")),
            """
            {\(head),"duration_seconds":1.5,"failed":1,\(tail),"processed":8,\(id),"summary":"8 rows \\"indexed\\" 🦊",\
            "type":"job_completed"}
            """
        ),
        (
            .failed(
                JobError(run: run, kind: "configuration", message: "no key", retryAt: Date(timeIntervalSince1970: 1_750_000_300))
            ),
            """
            {\(head),"error_kind":"configuration","error_message":"no key",\(tail),"retry_at":"2025-06-15T15:11:40.000Z",\(id),\
            "type":"job_error"}
            """
        ),
        (
            .failed(JobError(run: run, kind: "crash", message: "stopped", retryAt: nil)),
            "{\(head),\"error_kind\":\"crash\",\"error_message\":\"stopped\",\(tail),\(id),\"type\":\"job_error\"}"
        ),
    ]

    @Test("Each of the four types is the flat object that the mission names, and reads back as it was", arguments: golden.indices)
    func goldenJSON(index: Int) throws {
        let (message, json) = Self.golden[index]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try encoder.encode(message), as: UTF8.self) == json)
        #expect(try JSONDecoder().decode(ProgressMessage.self, from: Data(json.utf8)) == message)
    }

    @Test(
        "What is no message is refused",
        arguments: [
            "{}", "[]", "{\"type\":\"job_started\"}",
            "{\(head),\(tail),\(id),\"type\":\"job_paused\"}",
            "{\"at\":\"yesterday\",\"channel\":\"Vectorization\",\(tail),\(id),\"type\":\"job_started\"}",
            "{\"at\":\"2025-06-15T15:06:40.250Z\",\"channel\":\"Unknown\",\(tail),\(id),\"type\":\"job_started\"}",
            "{\(head),\(tail),\"run_id\":\"7\",\"type\":\"job_started\"}",
        ]
    )
    func refused(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ProgressMessage.self, from: Data(json.utf8)) }
    }
}
