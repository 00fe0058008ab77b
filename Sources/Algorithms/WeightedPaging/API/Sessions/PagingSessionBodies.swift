import AlgorithmInterface
public import JSON
import WeightedPaging

/// The JSON bodies of sessions, read.
public enum PagingSessionBodies {
  /// The form of a creation body (without `snapshot`), for the published interface.
  public static var creationSchema: JSONValue { creation.jsonSchema }

  static let creation = ParameterSchema.object([
    Parameter(
      "capacity", .integer(1...PagingEngine.Configuration.largestCapacity), required: true,
      "Slots of the cache."),
    Parameter(
      "states", .anyOf(PagingEngine.Configuration.allowedStates.map { .integer($0...$0) }),
      default: 64, "States of the rounding."),
    Parameter("seed", .integer(0...Int.max), "Decides every coin; drawn where absent."),
    Parameter("horizon", .integer(1...(1 << 60)), "Requests expected, if known."),
    Parameter(
      "weights", .dictionary(of: .number(.positive), count: 1...1_000_000),
      "Known weights by page; then the policy is bbn unless named."),
    Parameter(
      "max_cost", .number(.init(minimum: 1e-300, maximum: 1e200)), default: 1,
      "Scale of the costs; doubled when one exceeds it."),
    Parameter(
      "max_pages", .integer(2...PagingSession.mostPages),
      "Pages remembered, more than capacity: past it the absent page longest not requested is "
        + "forgotten. Absent: none is."),
    Parameter(
      "bounds", .choice(ConfidenceRule.allCases.map(\.rawValue)), default: "kl",
      "Confidence bounds."),
    Parameter(
      "confidence", .number(.init(minimum: 0, maximum: 1, excludesMinimum: true)), default: 1,
      "Multiplies the logarithm inside the bounds; 1 is proven."),
    Parameter(
      "mode", .choice(SampleMode.allCases.map(\.rawValue)), default: "owed",
      "How samples are used."),
    Parameter(
      "policy",
      .choice(PagingPolicy.allCases.filter { !$0.needsFuture }.map(\.rawValue)),
      "The policy; default owp, or bbn with weights."),
    Parameter(
      "cost_on", .choice(CostModel.allCases.map(\.rawValue)), default: "fetch",
      "What a ticket measures."),
  ])

  static func configuration(
    _ body: JSONElement, drawnSeed: UInt64
  ) throws(PagingRefusal) -> PagingSession.Configuration {
    guard body.kind == .object else { throw .refused([], "expected an object") }
    let canonical: JSONValue
    do {
      canonical = try creation.validated(body.value(), at: .root)
    } catch {
      throw .validation(error)
    }
    let members = Parameters(canonical.objectValue ?? JSONObject())
    var weights: [String: Double] = [:]
    for (page, weight) in members.object("weights")?.members ?? JSONObject() {
      weights[page] = weight.doubleValue
    }
    let engine = PagingEngine.Configuration(
      capacity: members.integer("capacity") ?? 1, states: members.integer("states") ?? 64,
      mode: members.word("mode", as: SampleMode.self) ?? .owed,
      rule: members.word("bounds", as: ConfidenceRule.self) ?? .kl,
      confidence: members.number("confidence") ?? 1, maxCost: members.number("max_cost") ?? 1,
      horizon: members.integer("horizon") ?? 0)
    return PagingSession.Configuration(
      engine: engine,
      policy: members.word("policy", as: PagingPolicy.self) ?? (weights.isEmpty ? .owp : .bbn),
      costModel: members.word("cost_on", as: CostModel.self) ?? .fetch,
      seed: members.integer("seed").map(UInt64.init) ?? drawnSeed, weights: weights,
      maxPages: members.integer("max_pages") ?? 0)
  }

  static func batch(_ body: JSONElement, digest: [UInt8]) throws(PagingRefusal) -> PagingBatch {
    try refuseUnknown(body, known: ["seq", "pages", "samples", "predictions"])
    guard let seq = body["seq"]?.integerValue, seq >= 0, let seq = Int(exactly: seq) else {
      throw .refused(["seq"], "expected the number of the next request, a whole number")
    }
    guard let list = body["pages"], list.kind == .array else {
      throw .refused(["pages"], "expected a list of pages")
    }
    var pages: [PageID] = []
    for element in list.elements() {
      guard pages.count <= PagingSession.largestBatch else { break }
      pages.append(try page(element, pages.count))
    }
    var predictions: [Double] = []
    if let list = body["predictions"], !list.isNull {
      guard list.kind == .array else { throw .refused(["predictions"], "expected a list") }
      for element in list.elements() {
        guard element.isNull || element.doubleValue != nil else {
          throw .refused(
            ["predictions", predictions.count], "expected a number, or null for never")
        }
        predictions.append(element.doubleValue ?? .infinity)
      }
    }
    return PagingBatch(
      seq: seq, pages: pages, samples: try samples(body["samples"]), predictions: predictions,
      digest: digest)
  }

  static func samplesOnly(_ body: JSONElement) throws(PagingRefusal) -> [TicketCost] {
    try refuseUnknown(body, known: ["samples"])
    guard body["samples"] != nil else {
      throw .refused(["samples"], "expected a list of tickets and costs")
    }
    return try samples(body["samples"])
  }

  /// Costs of one call at most.
  static let mostSamples = 100_000

  private static func samples(_ list: JSONElement?) throws(PagingRefusal) -> [TicketCost] {
    guard let list, !list.isNull else { return [] }
    guard list.kind == .array else {
      throw .refused(["samples"], "expected a list of tickets and costs")
    }
    var samples: [TicketCost] = []
    for element in list.elements() {
      let index = samples.count
      guard index < mostSamples else {
        throw .refused(["samples"], "holds more than \(mostSamples) costs")
      }
      guard element.kind == .object else {
        throw .refused(["samples", index], "expected {\"ticket\", \"cost\"}")
      }
      var (ticket, cost): (Int?, Double?) = (nil, nil)
      for (key, value) in element.members() {
        switch key {
        case "ticket": ticket = value.integerValue.flatMap { Int(exactly: $0) }
        case "cost": cost = value.doubleValue
        default: throw .refused(["samples", index, key], "is not known; known: ticket, cost")
        }
      }
      guard let ticket else {
        throw .refused(["samples", index, "ticket"], "expected a whole number")
      }
      guard let cost else { throw .refused(["samples", index, "cost"], "expected a number") }
      samples.append(TicketCost(ticket: ticket, cost: cost))
    }
    return samples
  }

  private static func page(_ element: JSONElement, _ index: Int) throws(PagingRefusal) -> PageID {
    switch element.kind {
    case .string: return .string(element.stringValue ?? "")
    default:
      guard let number = element.integerValue else {
        throw .refused(["pages", index], "expected a string or a whole number")
      }
      return .integer(number)
    }
  }

  private static func refuseUnknown(
    _ body: JSONElement, known: [String]
  ) throws(PagingRefusal) {
    guard body.kind == .object else { throw .refused([], "expected an object") }
    var issues: [ValidationIssue] = []
    for (key, _) in body.members() where !known.contains(key) {
      issues.append(.at([key], "is not known; known: \(known.joined(separator: ", "))"))
    }
    if !issues.isEmpty { throw .validation(RequestRejection(issues)) }
  }
}
