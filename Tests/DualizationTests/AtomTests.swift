import Compute
import Dualization
import LinearAlgebra
import TestSupport
import Testing

struct AtomTests {
  /// Worked by hand; the first three as in the reference file's atoms.
  @Test func smallCasesByHand() throws {
    let linear = try Atom(.linear)
    let one = try linear.dualize(LayerArray(shape: [1, 1], elements: [-2.5]))
    #expect(one.dualized.elements == [-1] && one.report.dualNorm == 2.5)
    let row = try linear.dualize(LayerArray(shape: [1, 4], elements: [3.0, 0, 4, 0]))
    #expect(relativeError(row.dualized.elements, [0.3, 0, 0.4, 0]) < 1e-15)
    #expect(abs(row.report.dualNorm - 2.5) < 1e-15)
    let zero = try linear.dualize(
      LayerArray(shape: [2, 3], elements: [Double](repeating: 0, count: 6)))
    #expect(zero.dualized.elements.allSatisfy { $0 == 0 })
    #expect(zero.report.rank == 0 && zero.report.polar?.steps == 0)
    // diag(2, 3) with d_out = 2, d_in = 2: every singular value to 1.
    let diagonal = try linear.dualize(LayerArray(shape: [2, 2], elements: [2.0, 0, 0, -3]))
    #expect(relativeError(diagonal.dualized.elements, [1, 0, 0, -1]) < 1e-14)
    #expect(abs(diagonal.report.dualNorm - 5) < 1e-14)
  }

  @Test func embeddingsScaleEachTokenByItself() throws {
    let rows = try LayerArray(shape: [3, 2], elements: [3e160, 4e160, 0, 0, 0, -1e-200])
    let outcome = try Atom(.embed(.rows)).dualize(rows)
    let root = 2.0.squareRoot()
    #expect(
      relativeError(outcome.dualized.elements, [0.6 * root, 0.8 * root, 0, 0, 0, -root]) < 1e-15)
    #expect(outcome.report.rank == 2)
    #expect(relativeError(outcome.report.dualNorm, root * 5e160) < 1e-15)
    let columns = try LayerArray(shape: [2, 3], elements: [3e160, 0, 0, 4e160, 0, -1e-200])
    let other = try Atom(.embed(.columns)).dualize(columns)
    #expect(
      relativeError(other.dualized.elements, [0.6 * root, 0, 0, 0.8 * root, 0, -root]) < 1e-15)
  }

  @Test func flattenedConvolutionIsTheLinearLayerOfItsMatrix() throws {
    let values = Samples.normal(3, 18, as: Double.self).elements
    let flat = try Atom(.conv2d(.flatten)).dualize(
      LayerArray(shape: [3, 2, 3, 3], elements: values))
    let linear = try Atom(.linear).dualize(LayerArray(shape: [3, 18], elements: values))
    #expect(flat.dualized.elements == linear.dualized.elements)
    #expect(flat.report.dualNorm == linear.report.dualNorm)
  }

  @Test func slicesAreLinearLayersOverTheKernelsSize() throws {
    let values = Samples.normal(4, 12, seed: 2, as: Double.self).elements
    let outcome = try Atom(.conv2d(.slices)).dualize(
      LayerArray(shape: [4, 3, 2, 2], elements: values))
    for position in 0..<4 {
      let slice = (0..<12).map { values[$0 * 4 + position] }
      let linear = try Atom(.linear).dualize(LayerArray(shape: [4, 3], elements: slice))
      let own = (0..<12).map { outcome.dualized.elements[$0 * 4 + position] }
      #expect(relativeError(own, linear.dualized.elements.map { $0 / 4 }) < 1e-14)
    }
  }

  static let layers: [(Layer, [Int])] = [
    (.linear, [3, 7]), (.linear, [40, 9]), (.linear, [1, 5]), (.linear, [64, 64]),
    (.embed(.columns), [5, 8]), (.embed(.rows), [70, 6]), (.conv2d(.slices), [3, 4, 3, 3]),
    (.conv2d(.flatten), [6, 2, 2, 2]), (.vector(.l2), [9]), (.vector(.linf), [9]),
    (.vector(.rms), [9]), (.vector(.l1), [9]),
  ]

  /// ⟨g, dualize(g)⟩ = ‖g‖*, ‖dualize(g)‖ = 1, and no unit w pairs better (section 1.1).
  @Test(arguments: layers, [1, 2, 3] as [UInt64])
  func theIdentitiesHold(layer: (Layer, [Int]), seed: UInt64) throws {
    let (layer, shape) = layer
    let count = shape.reduce(1, *)
    var generator = RandomGenerator(seed: seed, stream: 9)
    let g = try LayerArray(shape: shape, elements: generator.normals(count))
    let atom = try Atom(layer)
    let outcome = try atom.dualize(g)
    let pairing = zip(g.elements, outcome.dualized.elements).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(relativeError(pairing, outcome.report.dualNorm) < 1e-12)
    #expect(relativeError(try atom.dualNorm(of: g), outcome.report.dualNorm) < 1e-12)
    #expect(abs(try atom.norm(of: outcome.dualized) - 1) < 1e-12)
    for _ in 0..<5 {
      let w = try LayerArray(shape: shape, elements: generator.normals(count))
      let norm = try atom.norm(of: w)
      let other = zip(g.elements, w.elements).reduce(0) { $0 + $1.0 * $1.1 } / norm
      #expect(other <= outcome.report.dualNorm * (1 + 1e-12))
    }
  }

  /// Random trees: the pairing is the dual norm, the result has modular norm 1.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func theIdentitiesHoldForNetworks(seed: UInt64) throws {
    var generator = RandomGenerator(seed: seed, stream: 11)
    var count = 0
    func tree(_ depth: Int) -> ModuleTree {
      let kind = depth == 0 ? generator.below(2) : generator.below(4)
      if kind == 0 { return .bond(sensitivity: 0.25 + generator.uniform()) }
      if kind == 1 {
        count += 1
        return .atom(
          name: "w\(count)", layer: .linear, mass: Double(generator.below(4)), sensitivity: 1)
      }
      let modules = (0...generator.below(3)).map { _ in tree(depth - 1) }
      return kind == 2 ? .compose(modules, totalMass: nil) : .concat(modules, totalMass: nil)
    }
    let network = try Network(
      .compose(
        [tree(3), .atom(name: "last", layer: .linear, mass: 1, sensitivity: 1)], totalMass: nil))
    var gradients: [String: NumericArray] = [:]
    for factor in network.factors {
      let (rows, columns) = (1 + generator.below(5), 1 + generator.below(5))
      gradients[factor.name] = .double(
        try LayerArray(shape: [rows, columns], elements: generator.normals(rows * columns)))
    }
    let results = try network.dualize(gradients, settings: PolarSettings())
    var pairing = 0.0
    for result in results {
      let gradient = try #require(gradients[result.name])
      pairing += zip(
        NetworkReferenceTests.elements(gradient), NetworkReferenceTests.elements(result.update)
      ).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(relativeError(pairing, BatchDualizer.dualNorm(results)) < 1e-12, "seed \(seed)")
    let updates = Dictionary(uniqueKeysWithValues: results.map { ($0.name, $0.update) })
    #expect(abs(try network.norm(of: updates) - 1) < 1e-12, "seed \(seed)")
  }

  @Test func scaleDoesNotMatter() throws {
    let values = Samples.normal(6, 4, as: Double.self).elements
    let one = try Atom(.linear).dualize(LayerArray(shape: [6, 4], elements: values))
    for exponent in [-1000, -500, 500, 1000] {
      let power = Double(sign: .plus, exponent: exponent, significand: 1)
      let other = try Atom(.linear).dualize(
        LayerArray(shape: [6, 4], elements: values.map { $0 * power }))
      #expect(other.dualized == one.dualized)
      #expect(other.report.dualNorm == one.report.dualNorm * power)
    }
  }
}
