extension ClassClocks {
  func write(to writer: inout SnapshotWriter) {
    writer.list(offset)
    writer.list(rate)
    writer.list(taken)
    writer.list(members)
    let classes = stops.indices.filter { !stops[$0].isEmpty }
    writer.list(classes) { writer, c in
      writer.int(c)
      writer.double(clock[c >> 2][c & 3])
      writer.double(mass[c >> 2][c & 3])
      writer.list(stops[c].items) { $1.write(to: &$0) }
      writer.list(crossings[c].items) { $1.write(to: &$0) }
    }
  }

  /// Fills an empty one.
  mutating func read(
    from reader: inout SnapshotReader, pages: Int
  ) throws(PagingSnapshotError) {
    for _ in 0..<pages { addPage() }
    let offset = try reader.doubles()
    let rate = try reader.list(Int16.self)
    let taken = try reader.list(UInt16.self)
    guard offset.count == pages, rate.count == pages, taken.count == pages,
      offset.allSatisfy(\.isFinite), taken.allSatisfy({ Int($0) <= crossingLog.count }),
      rate.allSatisfy({ $0 >= -1 && Int($0) < RateGrid.count })
    else { throw .damaged("clocks of pages") }
    let members = try reader.pages(below: pages, "the list of moving pages")
    guard members.count == rate.count(where: { $0 >= 0 }),
      members.allSatisfy({ rate[Int($0)] >= 0 })
    else { throw .damaged("the list of moving pages") }
    adopt(offset: offset, rate: rate, taken: taken, members: members)
    let classes = try reader.list(size: 40) { (reader) throws(PagingSnapshotError) in
      try StoredClass(from: &reader, pages: pages, rate: rate)
    }
    guard classes.reduce(0, { $0 + $1.stops.count }) == members.count,
      zip(classes, classes.dropFirst()).allSatisfy({ $0.index < $1.index })
    else { throw .damaged("rate classes") }
    for stored in classes { try adopt(stored) }
  }

  /// One class as stored.
  struct StoredClass {
    let index: Int
    let clock: Double
    let mass: Double
    let stops: [TimerHeap.Item]
    let crossings: [TimerHeap.Item]

    init(
      from reader: inout SnapshotReader, pages: Int, rate: [Int16]
    ) throws(PagingSnapshotError) {
      index = try reader.int(in: 0...(RateGrid.count - 1), "a rate class")
      clock = try reader.finite(0...0.5, "a clock")
      mass = try reader.finite(Double.leastNonzeroMagnitude...1e9, "a sum")
      stops = try Self.heap(&reader, index, rate)
      crossings = try Self.heap(&reader, index, rate)
      guard !stops.isEmpty, stops.count == crossings.count else {
        throw .damaged("a rate class")
      }
    }

    /// Pages of this class, each once; with both heaps as long, they hold the same pages when
    /// each holds every page of the class.
    private static func heap(
      _ reader: inout SnapshotReader, _ index: Int, _ rate: [Int16]
    ) throws(PagingSnapshotError) -> [TimerHeap.Item] {
      let items = try reader.list(size: 12) { (reader) throws(PagingSnapshotError) in
        try TimerHeap.Item(from: &reader)
      }
      guard items.allSatisfy({ $0.page >= 0 && $0.page < rate.count && !$0.key.isNaN }),
        Set(items.map(\.page)).count == items.count,
        items.allSatisfy({ Int(rate[Int($0.page)]) == index })
      else { throw .damaged("a queue of a rate class") }
      return items
    }
  }
}

extension TimerHeap.Item {
  func write(to writer: inout SnapshotWriter) {
    writer.double(key)
    writer.integer(page)
  }

  init(from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    key = try reader.double()
    page = try reader.integer(Int32.self)
  }
}
