import Compute

/// The engine as bytes, so that the one restored goes on bit for bit.
///
/// Stored: what history decided (offsets, clocks, sums, orders of heaps and lists, masks, coins).
/// Derived again: counts, slots, quanta, flags. A restored engine is audited as a whole.
extension PagingEngine {
  func write(to writer: inout SnapshotWriter) {
    configuration.write(to: &writer)
    writer.double(maxCost)
    counters.write(to: &writer)
    random.write(to: &writer)
    writer.int(masks.watched)
    writer.bool(unbalanced)
    writer.double(scale.pages)
    writer.double(scale.horizon)
    writer.list(ledger) { $1.write(to: &$0) }
    clocks.write(to: &writer)
    masks.write(to: &writer)
    cache.write(to: &writer)
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    let configuration = try Configuration(from: &reader)
    self.init(configuration, random: RandomGenerator(seed: 0, stream: 0))
    maxCost = try reader.finite(
      configuration.maxCost...(configuration.maxCost * Self.largestGrowth), "max_cost")
    counters = try Counters(from: &reader)
    random = try RandomBits(from: &reader)
    let watched = try reader.int(in: 0...(configuration.states - 1), "the real state")
    unbalanced = try reader.bool()
    let pages = try reader.finite(1...0x1p62, "n_hat")
    let horizon = try reader.finite(1...0x1p62, "T_hat")
    scale = ConfidenceScale(
      pages: pages, horizon: horizon, confidence: configuration.confidence)
    ledger = try reader.list(size: 60) { (reader) throws(PagingSnapshotError) in
      try PageLedger(from: &reader)
    }
    guard ledger.count < Int(Int32.max) else { throw .damaged("too many pages") }
    try clocks.read(from: &reader, pages: ledger.count)
    masks = StateMasks(states: configuration.states, watched: watched)
    try masks.read(from: &reader, pages: ledger.count)
    try cache.read(from: &reader, pages: ledger.count)
    let owed = ledger.reduce(0) { $0 + Int($1.owed) }
    guard owed == counters.owed else { throw .damaged("owed samples") }
    if let violation = violations().first { throw .damaged(violation) }
  }
}

extension PagingEngine.Configuration {
  func write(to writer: inout SnapshotWriter) {
    writer.int(capacity)
    writer.int(states)
    writer.text(mode.rawValue)
    writer.text(rule.rawValue)
    writer.double(confidence)
    writer.double(maxCost)
    writer.int(horizon)
    writer.bool(knownWeights)
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    let capacity = try reader.int(in: 1...Self.largestCapacity, "capacity")
    let states = try reader.int()
    guard Self.allowedStates.contains(states) else { throw .damaged("states") }
    guard let mode = SampleMode(rawValue: try reader.text()),
      let rule = ConfidenceRule(rawValue: try reader.text())
    else { throw .damaged("mode or bounds") }
    self.init(
      capacity: capacity, states: states, mode: mode, rule: rule,
      confidence: try reader.finite(Double.leastNonzeroMagnitude...1, "confidence"),
      maxCost: try reader.finite(Double.leastNormalMagnitude...1e200, "max_cost"),
      horizon: try reader.int(in: 0...(1 << 60), "horizon"), knownWeights: try reader.bool())
  }
}

extension PagingEngine.Counters {
  func write(to writer: inout SnapshotWriter) {
    for value in [
      requests, hits, quanta, swaps, rescales, samplesApplied, owed, owedMost, forgotten,
    ] {
      writer.int(value)
    }
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    self.init()
    func next() throws(PagingSnapshotError) -> Int {
      try reader.int(in: 0...(1 << 60), "a counter")
    }
    requests = try next()
    hits = try next()
    quanta = try next()
    swaps = try next()
    rescales = try next()
    samplesApplied = try next()
    owed = try next()
    owedMost = try next()
    forgotten = try next()
  }
}

extension RandomBits {
  func write(to writer: inout SnapshotWriter) {
    writer.integer(generator.state.seed)
    writer.integer(generator.state.stream)
    writer.integer(generator.state.position)
    writer.integer(pool)
    writer.int(left)
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    let state = RandomGenerator.State(
      seed: try reader.integer(UInt64.self), stream: try reader.integer(UInt64.self),
      position: try reader.integer(UInt64.self))
    self.init(
      RandomGenerator(state: state), pool: try reader.integer(UInt64.self),
      left: try reader.int(in: 0...64, "unused bits"))
  }
}

extension PageLedger {
  func write(to writer: inout SnapshotWriter) {
    writer.int(bounds.count)
    for value in [bounds.mean, bounds.lower, bounds.upper, slot, base, nextInteger] {
      writer.double(value)
    }
    writer.integer(owed)
    writer.bool(requested)
    writer.bool(probed)
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    self.init()
    bounds.count = try reader.int(in: 0...(1 << 60), "a number of samples")
    bounds.mean = try reader.finite(0...1, "a mean")
    bounds.lower = try reader.finite(Double.leastNonzeroMagnitude...1, "an LCB")
    bounds.upper = try reader.finite(Double.leastNonzeroMagnitude...1, "a UCB")
    slot = try reader.double()
    guard slot.isNaN || (slot > 0 && slot.isFinite) else { throw .damaged("a stored sample") }
    base = try reader.finite(0...0x1p52, "a movement")
    nextInteger = try reader.finite(1...0x1p52, "a movement")
    guard nextInteger.rounded() == nextInteger else { throw .damaged("a movement") }
    owed = try reader.integer(Int32.self)
    guard owed >= 0 else { throw .damaged("owed samples") }
    requested = try reader.bool()
    probed = try reader.bool()
    rate = Int16(truncatingIfNeeded: RateGrid.index(of: bounds.lower))
  }
}
