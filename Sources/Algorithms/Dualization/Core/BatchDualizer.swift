public import Compute

/// Many layers in one computation: a gradient file, or the atoms of a network.
public struct BatchDualizer: Sendable {
  /// One layer to dualize.
  public struct Item: Sendable {
    public let name: String
    public let atom: Atom
    public let shape: [Int]
    /// Whether the gradient is of float64.
    public let isDouble: Bool
    /// What its dualized gradient is multiplied by.
    public let factor: Double
    /// Makes the gradient when its turn has come, on the thread that works on it.
    let gradient: @Sendable () throws(DualizationError) -> NumericArray

    public init(name: String, atom: Atom, gradient: NumericArray, factor: Double = 1) {
      self.init(
        name: name, atom: atom, shape: gradient.shape, isDouble: gradient.isDouble, factor: factor
      ) { gradient }
    }

    /// An item whose numbers have yet to be made of what they come in.
    ///
    /// - Parameter gradient: makes them, in `shape` and the width that `isDouble` says.
    public init(
      name: String, atom: Atom, shape: [Int], isDouble: Bool, factor: Double = 1,
      gradient: @escaping @Sendable () throws(DualizationError) -> NumericArray
    ) {
      self.name = name
      self.atom = atom
      self.shape = shape
      self.isDouble = isDouble
      self.factor = factor
      self.gradient = gradient
    }
  }

  /// A layer's update, factor included, and its report (of the layer alone).
  public struct Result: Sendable {
    public let name: String
    public let update: NumericArray
    public let report: LayerReport
    public let factor: Double
    /// Whether it was computed before and taken from the cache.
    public let isReused: Bool
  }

  private let cache: AtomCache?

  /// - Parameter cache: where layers are kept, and sought first, by computations that share parts.
  public init(cache: AtomCache? = nil) {
    self.cache = cache
  }

  /// Σ factor · ‖g‖* of these results.
  public static func dualNorm(_ results: [Result]) -> Double {
    results.reduce(0) { $0 + $1.factor * $1.report.dualNorm }
  }

  /// Every item, in parallel; results in the order given.
  ///
  /// - Throws: the error of an item, the one of the dearest item where several fail.
  public func dualize(
    _ items: [Item], in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> [Result] {
    try dualize(items, in: context) { _, result in result }
  }

  /// Every item, in parallel, and what is made of its result; in the order given.
  ///
  /// - Parameter finish: gets an item's index and result on the thread that computed it, while its
  ///   numbers are at hand.
  /// - Throws: like the other `dualize`, also the errors of `finish`.
  public func dualize<Output: Sendable>(
    _ items: [Item], in context: ComputeContext,
    finish: @Sendable (_ index: Int, _ result: Result) throws(DualizationError) -> Output
  ) throws(DualizationError) -> [Output] {
    let sharing = context.sharing
    return try WorkQueue.map(
      items.count, costs: items.map { Self.cost($0).flops }, in: context
    ) { index, context throws(DualizationError) in
      try finish(index, try dualize(items[index], sharing: sharing, in: context))
    }
  }

  private func dualize(
    _ item: Item, sharing: String?, in context: ComputeContext
  ) throws(DualizationError) -> Result {
    let gradient = try item.gradient()
    if let cache, let sharing,
      let found = cache.find(item.atom, gradient, seed: context.seed, sharing: sharing)
    {
      var report = found.report
      report.seconds = 0
      return Self.result(item, found.update, report, isReused: true)
    }
    let (update, report) = try Self.dualize(item.atom, gradient, in: context)
    if let cache, let sharing {
      cache.keep(update, report, of: item.atom, gradient, seed: context.seed, sharing: sharing)
    }
    return Self.result(item, update, report, isReused: false)
  }

  private static func result(
    _ item: Item, _ update: NumericArray, _ report: LayerReport, isReused: Bool
  ) -> Result {
    Result(
      name: item.name, update: update.scaled(by: item.factor), report: report,
      factor: item.factor, isReused: isReused)
  }

  private static func dualize(
    _ atom: Atom, _ gradient: NumericArray, in context: ComputeContext
  ) throws(DualizationError) -> (NumericArray, LayerReport) {
    switch gradient {
    case .single(let array):
      let outcome = try atom.dualize(array, in: context)
      return (.single(outcome.dualized), outcome.report)
    case .double(let array):
      let outcome = try atom.dualize(array, in: context)
      return (.double(outcome.dualized), outcome.report)
    }
  }

  /// Predicted work and memory of one item.
  public static func cost(_ item: Item) -> DualizationCost {
    DualizationCost(
      shape: item.shape, layer: item.atom.layer, settings: item.atom.settings,
      isDouble: item.isDouble)
  }
}
