/// Each policy as bytes; every page index is checked, every derived place derived again.
extension RecencyPolicy {
  func write(to writer: inout SnapshotWriter) { writer.list(order()) }

  mutating func read(from reader: inout SnapshotReader, pages: Int) throws(PagingSnapshotError) {
    for _ in 0..<pages { addPage(weight: nil) }
    let order = try reader.pages(below: pages, "the cache")
    guard order.count <= capacity else { throw .damaged("the cache holds too many pages") }
    restore(order: order)
  }
}

extension MarkingPolicy {
  func write(to writer: inout SnapshotWriter) {
    random.write(to: &writer)
    writer.list(pages)
    writer.int(unmarked)
  }

  mutating func read(from reader: inout SnapshotReader, pages: Int) throws(PagingSnapshotError) {
    let random = try RandomBits(from: &reader)
    let present = try reader.pages(below: pages, "the cache")
    guard present.count <= capacity else { throw .damaged("the cache holds too many pages") }
    self = MarkingPolicy(capacity: capacity, random: random)
    for _ in 0..<pages { addPage(weight: nil) }
    restore(pages: present, unmarked: try reader.int(in: 0...present.count, "marks"))
  }
}

extension PriorityHeap {
  func write(to writer: inout SnapshotWriter) {
    writer.list(items) { writer, item in
      writer.double(item.key.priority)
      writer.int(item.key.tick)
      writer.integer(item.page)
    }
  }

  /// Items in heap order, of pages below `count`, at most `capacity`.
  static func read(
    from reader: inout SnapshotReader, pages count: Int, capacity: Int
  ) throws(PagingSnapshotError) -> PriorityHeap {
    let items = try reader.list(size: 20) { (reader) throws(PagingSnapshotError) in
      Item(
        key: Key(priority: try reader.double(), tick: try reader.int()),
        page: try reader.integer(Int32.self))
    }
    guard items.count <= capacity, Set(items.map(\.page)).count == items.count,
      items.allSatisfy({ $0.page >= 0 && $0.page < count && !$0.key.priority.isNaN }),
      items.indices.dropFirst().allSatisfy({ !(items[$0].key < items[($0 - 1) / 2].key) })
    else { throw .damaged("a queue of priorities") }
    return PriorityHeap(items: items, pages: count)
  }
}

extension PriorityPolicy {
  func write(to writer: inout SnapshotWriter) {
    random.write(to: &writer)
    writer.double(inflation)
    writer.int(clock)
    writer.list(entries) { writer, entry in
      for value in [entry.weight, entry.base, entry.factor, entry.priority] {
        writer.double(value)
      }
      writer.int(entry.samples)
      writer.integer(entry.frequency)
      writer.int(entry.tick)
    }
    heap.write(to: &writer)
  }

  mutating func read(from reader: inout SnapshotReader, pages: Int) throws(PagingSnapshotError) {
    let random = try RandomBits(from: &reader)
    let inflation = try reader.finite(0...Double.greatestFiniteMagnitude, "L")
    let clock = try reader.int(in: 0...(1 << 60), "a clock")
    let entries = try reader.list(size: 52) { (reader) throws(PagingSnapshotError) in
      try Self.entry(from: &reader, clock: clock)
    }
    let heap = try PriorityHeap.read(from: &reader, pages: pages, capacity: capacity)
    let present = entries.count { $0.frequency > 0 }
    guard entries.count == pages, present == heap.count,
      heap.items.allSatisfy({ item in
        let entry = entries[Int(item.page)]
        return entry.frequency > 0 && !(entry.key < item.key)
      })
    else { throw .damaged("a queue of priorities") }
    self = PriorityPolicy(
      capacity: capacity, value: value, knownWeights: knownWeights, random: random)
    restore(entries: entries, heap: heap, inflation: inflation, clock: clock)
  }

  private static func entry(
    from reader: inout SnapshotReader, clock: Int
  ) throws(PagingSnapshotError) -> Entry {
    let finite = 0...Double.greatestFiniteMagnitude
    var entry = Entry()
    entry.weight = try reader.finite(finite, "a weight")
    entry.base = try reader.finite(finite, "a priority")
    entry.factor = try reader.finite(finite, "a priority")
    entry.priority = try reader.finite(finite, "a priority")
    entry.samples = try reader.int(in: 0...(1 << 60), "a number of samples")
    entry.frequency = try reader.integer(Int32.self)
    guard entry.frequency >= 0 else { throw .damaged("a frequency") }
    entry.tick = try reader.int(in: 0...clock, "a time")
    return entry
  }
}

/// An expert that a session can follow: it knows how to be stored.
protocol StoredExpert: ExpertPolicy {
  func write(to writer: inout SnapshotWriter)
  /// Fills an empty one.
  mutating func read(from reader: inout SnapshotReader, pages: Int) throws(PagingSnapshotError)
}

extension FrequencyPolicy: StoredExpert {
  func write(to writer: inout SnapshotWriter) {
    writer.double(inflation)
    writer.int(clock)
    writer.int(samples)
    writer.double(sum)
    writer.list(entries) { writer, entry in
      writer.int(entry.samples)
      writer.int(entry.tick)
      for value in [entry.sum, entry.history, entry.base, entry.priority] {
        writer.double(value)
      }
    }
    heap.write(to: &writer)
  }

  mutating func read(from reader: inout SnapshotReader, pages: Int) throws(PagingSnapshotError) {
    let finite = 0...Double.greatestFiniteMagnitude
    let inflation = try reader.finite(finite, "L")
    let clock = try reader.int(in: 0...(1 << 60), "a clock")
    let samples = try reader.int(in: 0...(1 << 60), "a number of samples")
    let sum = try reader.finite(finite, "a sum of costs")
    let entries = try reader.list(size: 48) { (reader) throws(PagingSnapshotError) in
      var entry = Entry()
      entry.samples = try reader.int(in: 0...(1 << 60), "a number of samples")
      entry.tick = try reader.int(in: 0...clock, "a time")
      entry.sum = try reader.finite(finite, "a sum of costs")
      entry.history = try reader.finite(finite, "a frequency")
      entry.base = try reader.finite(finite, "a priority")
      entry.priority = try reader.finite(finite, "a priority")
      return entry
    }
    let heap = try PriorityHeap.read(from: &reader, pages: pages, capacity: capacity)
    guard entries.count == pages,
      heap.items.allSatisfy({ !(entries[Int($0.page)].key < $0.key) })
    else { throw .damaged("a queue of priorities") }
    restore(
      entries: entries, heap: heap, inflation: inflation, clock: clock, samples: samples,
      sum: sum)
  }
}

extension PredictedNextPolicy: StoredExpert {
  func write(to writer: inout SnapshotWriter) {
    writer.int(time)
    heap.write(to: &writer)
  }

  mutating func read(from reader: inout SnapshotReader, pages: Int) throws(PagingSnapshotError) {
    let time = try reader.int(in: 0...(1 << 60), "a time")
    let heap = try PriorityHeap.read(from: &reader, pages: pages, capacity: capacity)
    restore(heap: heap, time: time)
  }
}

extension SwitchedPolicy where Expert: StoredExpert {
  func write(to writer: inout SnapshotWriter) {
    engine.write(to: &writer)
    expert.write(to: &writer)
    cache.write(to: &writer)
    writer.bool(followsExpert)
    for value in [expertCost, engineCost, largest] { writer.double(value) }
    writer.int(switches)
    writer.list([overall] + means) { writer, mean in
      writer.int(mean.count)
      writer.double(mean.mean)
    }
  }

  /// Like `self`, an empty one, with what is stored.
  func reading(from reader: inout SnapshotReader) throws(PagingSnapshotError) -> Self {
    let capacity = engine.configuration.capacity
    let engine = try PagingEngine(from: &reader)
    guard engine.configuration == self.engine.configuration else {
      throw .damaged("the engine is another session's")
    }
    let pages = engine.pageCount
    var expert = self.expert
    try expert.read(from: &reader, pages: pages)
    var cache = LazyCache(capacity: capacity)
    try cache.read(from: &reader, pages: pages)
    let finite = 0...Double.greatestFiniteMagnitude
    let followsExpert = try reader.bool()
    let expertCost = try reader.finite(finite, "a cost")
    let engineCost = try reader.finite(finite, "a cost")
    let largest = try reader.finite(finite, "a cost")
    let switches = try reader.int(in: 0...(1 << 60), "a counter")
    let means = try reader.list(size: 16) { (reader) throws(PagingSnapshotError) in
      RunningMean(
        count: try reader.int(in: 0...(1 << 60), "a number of samples"),
        mean: try reader.finite(finite, "a mean"))
    }
    let stale = Set(cache.staleQueue())
    guard let overall = means.first, means.count == pages + 1,
      (0..<pages).allSatisfy({ page in
        let held = followsExpert ? expert.isPresent(page) : engine.isPresent(page)
        return !cache.present[page] || held != stale.contains(Int32(truncatingIfNeeded: page))
      })
    else { throw .damaged("the followed cache") }
    var policy = SwitchedPolicy(expert: expert, engine: engine, factor: factor)
    policy.restore(
      cache: cache, followsExpert: followsExpert, costs: (expertCost, engineCost, largest),
      switches: switches, means: Array(means.dropFirst()), overall: overall)
    return policy
  }
}
