import AlgorithmInterface
import Compute
import JSON
import WeightedPaging

/// The checked `params` of a simulation.
struct PagingParameters: Sendable {
  /// A trace to be made instead of one sent.
  struct Generator: Sendable {
    let trace: TraceGenerator
    let length: Int
  }

  /// As they go into the digest: defaults filled in, lists as lists.
  let canonical: JSONObject
  let capacities: [Int]
  let policies: [PagingPolicy]
  let weights: PageWeights?
  let samples: CostSamples
  let engine: PagingEngine.Configuration
  let costModel: CostModel
  let replications: Int
  let curvePoints: Int
  let generator: Generator?

  /// Requests that a generator makes at most.
  static let largestLength = 50_000_000

  init(_ parameters: Parameters) throws(RequestRejection) {
    var members = parameters.members
    capacities = try Self.capacities(parameters)
    policies = try Self.policies(parameters)
    members["capacity"] = .array(capacities.map { .integer(Int64($0)) })
    members["policies"] = .array(policies.map { .string($0.rawValue) })
    canonical = members
    weights = try Self.weights(parameters)
    samples = try Self.samples(parameters)
    costModel = parameters.word("cost_on", as: CostModel.self) ?? .fetch
    replications = parameters.integer("replications") ?? 1
    curvePoints = parameters.integer("curve_points") ?? 100
    generator = try Self.generator(parameters, capacity: capacities.max() ?? 1)
    engine = PagingEngine.Configuration(
      capacity: 1, states: parameters.integer("states") ?? 64,
      mode: parameters.word("mode", as: SampleMode.self) ?? .owed,
      rule: parameters.word("bounds", as: ConfidenceRule.self) ?? .kl,
      confidence: parameters.number("confidence") ?? 1,
      maxCost: parameters.number("max_cost") ?? 1)
  }

  /// Streams of the request's seed that are not the simulation's own.
  func stream(_ number: UInt64, seed: UInt64) -> RandomGenerator {
    RandomGenerator(seed: seed, stream: number)
  }

  private static func capacities(_ parameters: Parameters) throws(RequestRejection) -> [Int] {
    let list = parameters.numbers("capacity")?.map { Int($0) }
    let capacities = list ?? parameters.integer("capacity").map { [$0] } ?? []
    guard Set(capacities).count == capacities.count else {
      throw RequestRejection(.parameter("capacity", "names a capacity twice"))
    }
    return capacities
  }

  private static func policies(_ parameters: Parameters) throws(RequestRejection) -> [PagingPolicy]
  {
    let words: [String]
    if let text = parameters.string("policies") {
      words = text.split(separator: ",").map {
        String($0.drop(while: { $0 == " " }).prefix(while: { $0 != " " }))
      }
    } else {
      words = (parameters.list("policies") ?? []).compactMap(\.stringValue)
    }
    var policies: [PagingPolicy] = []
    for word in words {
      guard let policy = PagingPolicy(rawValue: word) else {
        let known = PagingPolicy.allCases.map(\.rawValue).joined(separator: ", ")
        throw RequestRejection(
          .parameter("policies", "\"\(word)\" is not a policy; expected some of \(known)"))
      }
      guard !policies.contains(policy) else {
        throw RequestRejection(.parameter("policies", "names \(word) twice"))
      }
      policies.append(policy)
    }
    guard !policies.isEmpty else {
      throw RequestRejection(.parameter("policies", "names no policy"))
    }
    return policies
  }

  private static func weights(_ parameters: Parameters) throws(RequestRejection) -> PageWeights? {
    if parameters.string("weights") != nil { return .formula }
    guard let object = parameters.object("weights") else { return nil }
    if let constant = object.number("constant") { return .constant(constant) }
    if let range = object.object("log_uniform") {
      let (low, high) = (range.number("lo") ?? 0.01, range.number("hi") ?? 1)
      guard low <= high else {
        throw RequestRejection(.parameter("weights", "log_uniform.lo is greater than hi"))
      }
      return .logUniform(low: low, high: high)
    }
    return .formula
  }

  private static func samples(_ parameters: Parameters) throws(RequestRejection) -> CostSamples {
    guard let object = parameters.object("cost_samples") else { return .exact }
    let spread = object.number("spread")
    let name = object.string("distribution") ?? "exact"
    if spread != nil, name != "uniform", name != "two_point" {
      throw RequestRejection(.parameter("cost_samples", "spread is for uniform and two_point"))
    }
    if object.number("concentration") != nil, name != "beta" {
      throw RequestRejection(.parameter("cost_samples", "concentration is for beta"))
    }
    switch name {
    case "bernoulli": return .bernoulli
    case "uniform": return .uniform(spread: spread ?? 0.5)
    case "two_point": return .twoPoint(spread: spread ?? 0.5)
    case "beta": return .beta(concentration: object.number("concentration") ?? 4)
    default: return .exact
    }
  }

  private static func generator(
    _ parameters: Parameters, capacity: Int
  ) throws(RequestRejection) -> Generator? {
    guard let object = parameters.object("generator") else { return nil }
    let kind = object.string("kind") ?? ""
    let pages = object.integer("pages") ?? 1000
    let length = object.integer("length") ?? 100_000
    func refuse(_ detail: String) -> RequestRejection {
      RequestRejection(.parameter("generator", detail))
    }
    let trace: TraceGenerator
    switch kind {
    case "zipf": trace = .zipf(pages: pages, exponent: object.number("exponent") ?? 0.8)
    case "uniform": trace = .uniform(pages: pages)
    case "loop": trace = .loop(pages: pages)
    case "phases":
      let working = object.integer("working_set") ?? min(pages, capacity + 1)
      guard working <= pages else { throw refuse("working_set is greater than pages") }
      trace = .phases(
        pages: pages, working: working, length: object.integer("phase_length") ?? 1000)
    default:
      guard object.integer("pages") == nil else {
        throw refuse("adversary has one page more than the largest capacity; leave pages out")
      }
      trace = .adversary(capacity: capacity)
    }
    return Generator(trace: trace, length: length)
  }
}
