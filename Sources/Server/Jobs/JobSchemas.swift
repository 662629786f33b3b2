import PulseModel

extension JobBody {
    static let schema = Schema.object(
        .required("name", .choice(of: JobKind.self)),
        .optional("integration", .text, "The integration's name."),
        .required("state", .choice(of: JobState.self)),
        .required("run_by_process", .boolean, "Whether a process runs it now; a running job without one waits to be taken up."),
        .optional(
            "request",
            .object(.required("command", .text), .optional("by", .text)),
            "What it was asked and has not yet done."
        ),
        .required("failures", .count, "Failures in a row."),
        .optional("next_run_at", .instant),
        .optional("last_started_at", .instant),
        .optional("last_success_at", .instant),
        .optional("error_kind", .text),
        .optional("error_message", .text),
        .optional("recovery_tier", .text),
        .optional("recovery_reason", .text, "Why it is retried when it is, or waits for a person."),
        .optional("interval_seconds", .count),
        .optional("run_id", .uuid, "The newest run."),
        .optional("heartbeat_at", .instant),
        .optional(
            "forced",
            .object(.required("by", .text), .required("at", .instant), .required("why", .text)),
            "The last thing that was done to it by force."
        )
    ).named("Job")
}

extension JobListBody {
    static let schema = Schema.object(
        .optional(
            "halted",
            .object(.required("by", .text), .required("at", .instant), .optional("reason", .text)),
            "The emergency stop in force."
        ),
        .required("jobs", .list(of: JobBody.schema))
    ).named("Jobs")
}

extension JobRunBody {
    static let schema = Schema.object(
        .required("id", .uuid),
        .required("job", .text),
        .optional("integration", .text),
        .required("state", .choice(["RUNNING", "FINISHED", "ERROR", "PAUSED"])),
        .required("started_at", .instant),
        .optional("finished_at", .instant),
        .required("duration_seconds", .number),
        .required("processed", .count),
        .required("failed", .count),
        .optional("requests", .count, "Sent to the source or, to embed, the provider. Absent where nobody counted."),
        .optional("bytes", .count, "Received from the source. Absent where nobody counted."),
        .optional("database_seconds", .number, "For which the parts of the run waited for the database."),
        .optional("cpu_seconds", .number, "Of the processes that ran it, while it ran; what else they did is in it."),
        .optional("peak_memory_bytes", .count, "The largest resident memory of one of them while it ran."),
        .optional("summary", .text),
        .optional("error_kind", .text),
        .optional("error_message", .text),
        .optional("recovery_reason", .text, "What was done about the error, and why."),
        .required(
            "steps",
            .list(
                of: .object(
                    .required("name", .text),
                    .required("count", .count),
                    .required("failed", .count),
                    .required("seconds", .number),
                    .required("detail", .text)
                )
            ),
            "What the run consisted of."
        )
    ).named("JobRun")
}
