import JSON
import WeightedPaging

/// The JSON bodies of sessions, written: functions of values, so that a retry reads the same.
extension PagingSessionBodies {
  static func write(
    _ answer: PagingAnswer, of session: PagingSession, withSamples: Bool
  ) -> [UInt8] {
    var writer = JSONWriter(capacity: 256 + 64 * answer.decisions.count)
    writer.beginObject()
    writer.member("seq", .integer(Int64(answer.seq)))
    writer.member("next", .integer(Int64(answer.next)))
    var names = PageNames(answer: answer, session: session)
    writer.key("decisions")
    writer.beginArray()
    for decision in answer.decisions {
      writer.beginObject()
      write(names.next(decision.page), "page", &writer)
      writer.key("hit")
      writer.bool(decision.hit)
      if decision.evicted >= 0 { write(names.next(decision.evicted), "evict", &writer) }
      if decision.ticket >= 0 {
        writer.key("ticket")
        writer.integer(decision.ticket)
      }
      writer.endObject()
    }
    writer.endArray()
    if !answer.probes.isEmpty { write(answer.probes, &names, &writer) }
    if withSamples { writer.member("samples", .object(document(answer.samples))) }
    writer.member("stats", .object(document(answer.stats)))
    writer.endObject()
    return writer.finish()
  }

  /// The names of an answer's pages in the order in which they are written.
  private struct PageNames {
    let answer: PagingAnswer
    let session: PagingSession
    private var place = 0

    init(answer: PagingAnswer, session: PagingSession) {
      self.answer = answer
      self.session = session
    }

    mutating func next(_ page: Int32) -> PageID {
      guard !answer.names.isEmpty else { return session.page(page) }
      place += 1
      return answer.names[place - 1]
    }
  }

  private static func write(
    _ probes: [PagingAnswer.Probe], _ names: inout PageNames, _ writer: inout JSONWriter
  ) {
    writer.key("probes")
    writer.beginArray()
    for probe in probes {
      writer.beginObject()
      write(names.next(probe.page), "page", &writer)
      writer.key("ticket")
      writer.integer(probe.ticket)
      writer.endObject()
    }
    writer.endArray()
  }

  private static func write(_ page: PageID, _ name: String, _ writer: inout JSONWriter) {
    writer.key(name)
    switch page {
    case .integer(let number): writer.integer(number)
    case .string(let text): writer.string(text)
    }
  }

  static func value(_ page: PageID) -> JSONValue {
    switch page {
    case .integer(let number): .integer(number)
    case .string(let text): .string(text)
    }
  }

  static func document(_ samples: SamplesAnswer) -> JSONObject {
    var document: JSONObject = [
      "applied": .integer(Int64(samples.applied)), "stored": .integer(Int64(samples.stored)),
      "discarded": .integer(Int64(samples.discarded)),
      "duplicate": .integer(Int64(samples.duplicate)),
    ]
    if !samples.unknown.isEmpty {
      document["unknown"] = .array(samples.unknown.map { .integer(Int64($0)) })
    }
    return document
  }

  static func document(_ stats: PagingSession.Stats) -> JSONObject {
    [
      "requests": .integer(Int64(stats.requests)), "hits": .integer(Int64(stats.hits)),
      "misses": .integer(Int64(stats.misses)), "cost_reported": .number(stats.costReported),
      "owed": .integer(Int64(stats.owed)), "pages": .integer(Int64(stats.pages)),
    ]
  }

  static func document(_ configuration: PagingSession.Configuration) -> JSONObject {
    let engine = configuration.engine
    var document: JSONObject = [
      "capacity": .integer(Int64(engine.capacity)), "states": .integer(Int64(engine.states)),
      "seed": .integer(Int64(truncatingIfNeeded: configuration.seed)),
      "max_cost": .number(engine.maxCost), "bounds": .string(engine.rule.rawValue),
      "confidence": .number(engine.confidence), "mode": .string(engine.mode.rawValue),
      "policy": .string(configuration.policy.rawValue),
      "cost_on": .string(configuration.costModel.rawValue),
    ]
    if configuration.maxPages > 0 {
      document["max_pages"] = .integer(Int64(configuration.maxPages))
    }
    if engine.horizon > 0 { document["horizon"] = .integer(Int64(engine.horizon)) }
    if !configuration.weights.isEmpty {
      let sorted = configuration.weights.sorted { $0.key < $1.key }
      document["weights"] = .object(
        JSONObject(sorted.map { (key: $0.key, value: JSONValue.number($0.value)) }))
    }
    return document
  }

  static func document(
    _ view: PagingSession.View, of session: PagingSession, id: String
  ) -> JSONObject {
    var document: JSONObject = [
      "session": .string(id), "next": .integer(Int64(session.next)),
      "capacity": .integer(Int64(session.configuration.engine.capacity)),
      "policy": .string(session.configuration.policy.rawValue),
      "cost_on": .string(session.configuration.costModel.rawValue),
      "present": .integer(Int64(view.present)),
    ]
    for (key, value) in self.document(view.stats) { document[key] = value }
    guard let engine = view.engine else { return document }
    let configuration = session.configuration.engine
    document["states"] = .integer(Int64(configuration.states))
    document["mode"] = .string(configuration.mode.rawValue)
    document["bounds"] = .string(configuration.rule.rawValue)
    document["confidence"] = .number(configuration.confidence)
    document["cached_mass"] = .number(engine.cachedMass)
    document["quanta"] = .integer(
      Int64((engine.cachedQuanta * Double(configuration.states)).rounded()))
    document["quanta_moved"] = .integer(Int64(engine.quantaMoved))
    document["swaps"] = .integer(Int64(engine.swaps))
    document["rescales"] = .integer(Int64(engine.rescales))
    document["max_cost"] = .number(engine.maxCost)
    document["n_hat"] = .integer(Int64(engine.assumedPages))
    document["t_hat"] = .integer(Int64(engine.assumedHorizon))
    document["owed_max"] = .integer(Int64(engine.owedMost))
    if session.configuration.maxPages > 0 {
      document["max_pages"] = .integer(Int64(session.configuration.maxPages))
      document["forgotten"] = .integer(Int64(engine.forgotten))
    }
    return document
  }

  static func document(_ state: PagingSession.PageState, page: PageID) -> JSONObject {
    var document: JSONObject = ["page": value(page), "present": .bool(state.present)]
    guard let engine = state.engine else { return document }
    document["y"] = .number(engine.missing)
    document["quanta"] = .integer(Int64(engine.quanta))
    document["samples"] = .integer(Int64(engine.samples))
    document["mean"] = engine.samples > 0 ? .number(engine.mean) : .null
    document["lcb"] = .number(engine.lower)
    document["ucb"] = .number(engine.upper)
    document["owed"] = .integer(Int64(engine.owed))
    return document
  }
}
