extension PagingSession {
  /// The exact state: versioned, with a checksum. O(pages + tickets + answers kept).
  public func snapshot() -> [UInt8] {
    var writer = SnapshotWriter()
    configuration.write(to: &writer)
    register.write(to: &writer)
    writer.int(next)
    writer.int(hits)
    writer.double(costReported)
    tickets.write(to: &writer)
    writer.list(answers) { writer, item in
      writer.list(item.digest)
      item.answer.write(to: &writer)
    }
    switch policy {
    case let engine as PagingEngine: engine.write(to: &writer)
    case let recency as RecencyPolicy: recency.write(to: &writer)
    case let marking as MarkingPolicy: marking.write(to: &writer)
    case let priority as PriorityPolicy: priority.write(to: &writer)
    case let switched as SwitchedPolicy<FrequencyPolicy>: switched.write(to: &writer)
    case let switched as SwitchedPolicy<PredictedNextPolicy>: switched.write(to: &writer)
    default: preconditionFailure("a policy without a snapshot")
    }
    return SnapshotEnvelope.seal(writer.bytes)
  }

  /// The session that `snapshot` was taken of, to the bit.
  /// - Throws: `PagingSnapshotError`; there is never half a session.
  public init(snapshot bytes: [UInt8]) throws(PagingSnapshotError) {
    var reader = try SnapshotEnvelope.open(bytes)
    let configuration = try Configuration(from: &reader)
    guard configuration.issues().isEmpty else { throw .damaged("the configuration") }
    let register = try PageRegister(limit: configuration.maxPages, from: &reader)
    let pages = register.count
    let next = try reader.int(in: 0...(1 << 60), "next")
    let hits = try reader.int(in: 0...next, "hits")
    let cost = try reader.finite(0...Double.greatestFiniteMagnitude, "the cost")
    let tickets = try TicketLog(from: &reader, pages: pages)
    let answers = try reader.list(size: 16) { (reader) throws(PagingSnapshotError) in
      (
        digest: try reader.list(UInt8.self),
        answer: try PagingAnswer(
          from: &reader, pages: pages, namesPages: configuration.maxPages > 0)
      )
    }
    guard answers.count <= Self.answersKept else { throw .damaged("answers") }
    let policy = try Self.readPolicy(&reader, configuration, pages: pages)
    guard reader.isAtEnd else { throw .damaged("there is more behind the end") }
    self.init(
      configuration, policy: policy, register: register, next: next, hits: hits, costReported: cost,
      tickets: tickets, answers: answers)
  }

  private static func readPolicy(
    _ reader: inout SnapshotReader, _ configuration: Configuration, pages: Int
  ) throws(PagingSnapshotError) -> any ExpertPolicy {
    switch Self.policy(configuration) {
    case let fresh as PagingEngine:
      let engine = try PagingEngine(from: &reader)
      guard engine.configuration == fresh.configuration, engine.pageCount == pages else {
        throw .damaged("the engine is another session's")
      }
      return engine
    case var recency as RecencyPolicy:
      try recency.read(from: &reader, pages: pages)
      return recency
    case var marking as MarkingPolicy:
      try marking.read(from: &reader, pages: pages)
      return marking
    case var priority as PriorityPolicy:
      try priority.read(from: &reader, pages: pages)
      return priority
    case let fresh as SwitchedPolicy<FrequencyPolicy>:
      return try checked(try fresh.reading(from: &reader), pages)
    case let fresh as SwitchedPolicy<PredictedNextPolicy>:
      return try checked(try fresh.reading(from: &reader), pages)
    default: throw .damaged("the policy")
    }
  }

  private static func checked<Expert: StoredExpert>(
    _ policy: SwitchedPolicy<Expert>, _ pages: Int
  ) throws(PagingSnapshotError) -> SwitchedPolicy<Expert> {
    guard policy.engine.pageCount == pages else {
      throw .damaged("the engine is another session's")
    }
    return policy
  }
}

extension PagingSession.Configuration {
  func write(to writer: inout SnapshotWriter) {
    engine.write(to: &writer)
    writer.text(policy.rawValue)
    writer.text(costModel.rawValue)
    writer.integer(seed)
    writer.int(maxPages)
    // In a fixed order, so that equal sessions have equal snapshots.
    let sorted = weights.sorted { $0.key < $1.key }
    writer.list(sorted) { writer, item in
      writer.text(item.key)
      writer.double(item.value)
    }
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    let engine = try PagingEngine.Configuration(from: &reader)
    guard let policy = PagingPolicy(rawValue: try reader.text()),
      let costModel = CostModel(rawValue: try reader.text())
    else { throw .damaged("policy or cost_on") }
    let seed = try reader.integer(UInt64.self)
    let maxPages = try reader.int(in: 0...PagingSession.mostPages, "max_pages")
    let weights = try reader.list(size: 16) { (reader) throws(PagingSnapshotError) in
      (try reader.text(), try reader.double())
    }
    self.init(
      engine: engine, policy: policy, costModel: costModel, seed: seed,
      weights: Dictionary(weights, uniquingKeysWith: { $1 }), maxPages: maxPages)
  }
}

extension PageID {
  func write(to writer: inout SnapshotWriter) {
    switch self {
    case .integer(let number):
      writer.integer(UInt8(0))
      writer.integer(number)
    case .string(let name):
      writer.integer(UInt8(1))
      writer.text(name)
    }
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    switch try reader.integer(UInt8.self) {
    case 0: self = .integer(try reader.integer(Int64.self))
    case 1: self = .string(try reader.text())
    default: throw .damaged("a page of no kind")
    }
  }
}

extension PagingAnswer {
  func write(to writer: inout SnapshotWriter) {
    writer.int(seq)
    writer.int(next)
    writer.list(decisions) { writer, decision in
      writer.integer(decision.page)
      writer.bool(decision.hit)
      writer.integer(decision.evicted)
      writer.int(decision.ticket)
    }
    writer.list(probes) { writer, probe in
      writer.integer(probe.page)
      writer.int(probe.ticket)
    }
    writer.list(names) { $1.write(to: &$0) }
    for value in [samples.applied, samples.stored, samples.discarded, samples.duplicate] {
      writer.int(value)
    }
    writer.list(samples.unknown.map { Int64($0) })
    for value in [stats.requests, stats.hits, stats.misses, stats.owed, stats.pages] {
      writer.int(value)
    }
    writer.double(stats.costReported)
  }

  init(
    from reader: inout SnapshotReader, pages: Int, namesPages: Bool
  ) throws(PagingSnapshotError) {
    seq = try reader.int()
    next = try reader.int()
    decisions = try reader.list(size: 17) { (reader) throws(PagingSnapshotError) in
      try Decision(from: &reader, pages: pages)
    }
    probes = try reader.list(size: 12) { (reader) throws(PagingSnapshotError) in
      Probe(
        page: try reader.page(below: pages, least: 0), ticket: try reader.int())
    }
    names = try reader.list(size: 9) { (reader) throws(PagingSnapshotError) in
      try PageID(from: &reader)
    }
    let named = decisions.reduce(probes.count) { $0 + ($1.evicted >= 0 ? 2 : 1) }
    guard names.count == (namesPages ? named : 0) else { throw .damaged("names of an answer") }
    var samples = SamplesAnswer()
    samples.applied = try reader.int()
    samples.stored = try reader.int()
    samples.discarded = try reader.int()
    samples.duplicate = try reader.int()
    samples.unknown = try reader.list(Int64.self).map { Int($0) }
    self.samples = samples
    var stats = PagingSession.Stats()
    stats.requests = try reader.int()
    stats.hits = try reader.int()
    stats.misses = try reader.int()
    stats.owed = try reader.int()
    stats.pages = try reader.int()
    stats.costReported = try reader.double()
    self.stats = stats
  }
}

extension PagingAnswer.Decision {
  fileprivate init(
    from reader: inout SnapshotReader, pages: Int
  ) throws(PagingSnapshotError) {
    page = try reader.page(below: pages, least: 0)
    hit = try reader.bool()
    evicted = try reader.page(below: pages, least: -1)
    ticket = try reader.int()
  }
}
