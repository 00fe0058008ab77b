import AlgorithmInterface
import JSON
import Jobs

/// What a request may carry beside `params` and `inputs`.
struct SubmissionOptions: Sendable, Equatable {
  var labels: [JobLabel] = []
  var priority = 500
  var timeoutSeconds: Double?
  var queueTimeoutSeconds: Double?
  var seed: UInt64 = 0
  var webhook: String?

  /// The members, from which validation and the published schema follow.
  static let parameters: [Parameter] = [
    Parameter(
      "labels", .dictionary(of: .string(maximumLength: 256), count: 0...16),
      "Names and values to find the job by; in a query string `label.NAME=VALUE`."),
    Parameter("priority", .integer(0...1000), default: 500, "Higher ones start first."),
    Parameter(
      "timeout_seconds", .number(.init(minimum: 0, maximum: 31_536_000, excludesMinimum: true)),
      "Of running; past it the job fails with `timeout`."),
    Parameter(
      "queue_timeout_seconds",
      .number(.init(minimum: 0, maximum: 31_536_000, excludesMinimum: true)),
      "Of waiting for the start."),
    Parameter("seed", .integer(0...Int.max), default: 0, "Of all randomness; part of the digest."),
    Parameter(
      "webhook", .string(maximumLength: 2048),
      "An https URL of an allowed host that gets the job document when the job is over."),
  ]

  static let names = parameters.map(\.name)

  /// Reads checked members.
  init(_ members: Parameters = Parameters(JSONObject())) {
    if let labels = members.object("labels") {
      self.labels = labels.members.map { JobLabel(name: $0.key, value: $0.value.stringValue ?? "") }
        .sorted()
    }
    priority = members.integer("priority") ?? 500
    timeoutSeconds = members.number("timeout_seconds")
    queueTimeoutSeconds = members.number("queue_timeout_seconds")
    seed = UInt64(members.integer("seed") ?? 0)
    webhook = members.string("webhook")
  }
}
