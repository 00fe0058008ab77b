public import Compute

/// Many layers in one computation: a gradient file, or the atoms of a network.
public struct BatchDualizer: Sendable {
  /// One layer to dualize.
  public struct Item: Sendable {
    public let name: String
    public let atom: Atom
    public let gradient: NumericArray
    /// What its dualized gradient is multiplied by.
    public let factor: Double

    public init(name: String, atom: Atom, gradient: NumericArray, factor: Double = 1) {
      self.name = name
      self.atom = atom
      self.gradient = gradient
      self.factor = factor
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
    let sharing = context.sharing
    return try WorkQueue.map(
      items.count, costs: items.map { Self.cost($0).flops }, in: context
    ) { index, context throws(DualizationError) in
      let item = items[index]
      if let cache, let sharing,
        let found = cache.find(item.atom, item.gradient, seed: context.seed, sharing: sharing)
      {
        var report = found.report
        report.seconds = 0
        return Self.result(item, found.update, report, isReused: true)
      }
      let (update, report) = try Self.dualize(item.atom, item.gradient, in: context)
      if let cache, let sharing {
        cache.keep(
          update, report, of: item.atom, item.gradient, seed: context.seed, sharing: sharing)
      }
      return Self.result(item, update, report, isReused: false)
    }
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
      shape: item.gradient.shape, layer: item.atom.layer, settings: item.atom.settings,
      isDouble: item.gradient.isDouble)
  }
}
