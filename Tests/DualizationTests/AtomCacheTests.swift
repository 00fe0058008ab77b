import Compute
import Dualization
import LinearAlgebra
import TestSupport
import Testing

/// Each dualized layer is kept by itself; what is found is what would be computed.
struct AtomCacheTests {
  private static let side = 24
  /// A gradient and its update, beside the entry itself.
  private static let entryBytes = 2 * 8 * side * side + AtomCache.overhead

  private func item(
    _ seed: UInt64, factor: Double = 1, _ change: (inout PolarSettings) -> Void = { _ in }
  )
    throws -> BatchDualizer.Item
  {
    var settings = PolarSettings()
    change(&settings)
    let elements = Samples.normal(Self.side, Self.side, seed: seed, as: Double.self).elements
    return BatchDualizer.Item(
      name: "\(seed)", atom: try Atom(.linear, settings: settings),
      gradient: .double(try LayerArray(shape: [Self.side, Self.side], elements: elements)),
      factor: factor)
  }

  private func run(
    _ cache: AtomCache, _ items: [BatchDualizer.Item], sharing: String? = "", seed: UInt64 = 0
  ) throws -> [BatchDualizer.Result] {
    try BatchDualizer(cache: cache).dualize(
      items, in: ComputeContext(seed: seed).sharingParts(among: sharing))
  }

  @Test func onlyWhatIsNewIsComputed() throws {
    let cache = AtomCache(capacity: 1 << 20)
    let first = try run(cache, [try item(1), try item(2)])
    #expect(first.map(\.isReused) == [false, false])
    // Another network: the first layer with another share, the second changed.
    let second = try run(cache, [try item(1, factor: 0.25), try item(3)])
    #expect(second.map(\.isReused) == [true, false])
    let alone = try BatchDualizer().dualize([try item(1, factor: 0.25)])
    #expect(second[0].update == alone[0].update)
    #expect(second[0].report.dualNorm == alone[0].report.dualNorm)
    #expect(second[0].report.polar?.residual == alone[0].report.polar?.residual)
    #expect(second[0].factor == 0.25)
  }

  @Test func whateverChangesTheAnswerIsNotFound() throws {
    let cache = AtomCache(capacity: 1 << 20)
    _ = try run(cache, [try item(1)])
    #expect(try run(cache, [try item(1)])[0].isReused)
    #expect(try !run(cache, [try item(1) { $0.verification = .full }])[0].isReused)
    #expect(try !run(cache, [try item(1)], seed: 1)[0].isReused, "probes depend on the seed")
    #expect(try !run(cache, [try item(1)], sharing: "someone else")[0].isReused)
    #expect(try !run(cache, [try item(1)], sharing: nil)[0].isReused)
    let elements = Samples.normal(Self.side, Self.side, seed: 1, as: Double.self).elements
    func layer(_ layer: Layer, _ gradient: NumericArray) throws -> BatchDualizer.Item {
      BatchDualizer.Item(name: "", atom: try Atom(layer), gradient: gradient)
    }
    let (m, n) = (Self.side / 2, Self.side * 2)
    for other in [
      try layer(.linear, .double(LayerArray(shape: [m, n], elements: elements))),
      try layer(.linear, .single(LayerArray(shape: [m, n], elements: elements.map { Float($0) }))),
      try layer(.conv2d(.slices), .double(LayerArray(shape: [m, m, 2, 2], elements: elements))),
      try layer(.conv2d(.flatten), .double(LayerArray(shape: [m, m, 2, 2], elements: elements))),
    ] {
      #expect(try !run(cache, [other])[0].isReused)
      #expect(try run(cache, [other])[0].isReused)
    }
  }

  /// Every single element counts, though only some decide where to look; so does the sign of zero.
  @Test func oneOtherBitIsAnotherGradient() throws {
    let cache = AtomCache(capacity: 1 << 20)
    var elements = [Double](repeating: 0, count: Self.side * Self.side)
    for i in 0..<Self.side { elements[i * (Self.side + 1)] = 1 }
    func ask(_ elements: [Double]) throws -> Bool {
      let array = try LayerArray(shape: [Self.side, Self.side], elements: elements)
      return try run(
        cache, [.init(name: "", atom: try Atom(.linear), gradient: .double(array))])[0].isReused
    }
    _ = try ask(elements)
    for place in elements.indices where elements[place] == 0 {
      var other = elements
      other[place] = -0.0
      #expect(try !ask(other), "element \(place)")
      #expect(try ask(other), "element \(place)")
    }
  }

  @Test func itHoldsNoMoreThanItsCapacityAndTheLongestUnusedGoes() throws {
    let cache = AtomCache(capacity: 4 * Self.entryBytes)
    for seed in 1...4 { _ = try run(cache, [try item(UInt64(seed))]) }
    #expect(cache.bytes == 4 * Self.entryBytes)
    #expect(try run(cache, [try item(1)])[0].isReused)
    // One past the limit: down to three quarters, the used one among them.
    _ = try run(cache, [try item(5)])
    #expect(cache.bytes == 3 * Self.entryBytes)
    #expect(try run(cache, [try item(1)])[0].isReused)
    #expect(try run(cache, [try item(5)])[0].isReused)
    #expect(try !run(cache, [try item(2)])[0].isReused)
  }

  @Test(arguments: [(2 * entryBytes, true), (2 * entryBytes - 1, false), (0, false)])
  func nothingLargerThanHalfTheCapacityIsKept(capacity: Int, isKept: Bool) throws {
    let cache = AtomCache(capacity: capacity)
    _ = try run(cache, [try item(1)])
    #expect(try run(cache, [try item(1)])[0].isReused == isKept)
    #expect(cache.bytes == (isKept ? Self.entryBytes : 0))
  }

  @Test func vectorsAndTokenTablesAreNotKept() throws {
    let cache = AtomCache(capacity: 1 << 20)
    let row = try LayerArray(shape: [1, 64], elements: [Double](repeating: 1, count: 64))
    for layer in [Layer.embed(.rows), .linear] {
      _ = try run(cache, [.init(name: "", atom: try Atom(layer), gradient: .double(row))])
    }
    #expect(cache.bytes == 0)
  }
}
