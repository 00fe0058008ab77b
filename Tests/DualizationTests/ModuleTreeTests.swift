import Dualization
import Testing

/// By hand from equations 11 and 12 of the paper.
struct ModuleTreeTests {
  private func atom(_ name: String, _ mass: Double) -> ModuleTree {
    .atom(name: name, layer: .linear, mass: mass, sensitivity: 1)
  }

  private func factors(_ tree: ModuleTree) throws -> [Double] { try tree.factors().map(\.factor) }

  @Test func aCompositionDividesByWhatFollows() throws {
    let tree = ModuleTree.compose(
      [atom("a", 1), .bond(sensitivity: 4), atom("b", 3), .bond(sensitivity: 0.5)],
      totalMass: nil)
    // s of all after a: 4 · 1 · ½ = 2; after b: ½.
    #expect(try factors(tree) == [0.25 / 2, 0.75 / 0.5])
    #expect(tree.mass == 4)
    #expect(tree.sensitivity == 2)
  }

  @Test func aConcatenationSharesByMassAndAddsSensitivities() throws {
    let tree = ModuleTree.concat([atom("a", 1), atom("b", 3)], totalMass: nil)
    #expect(try factors(tree) == [0.25, 0.75])
    #expect(tree.sensitivity == 2)
  }

  @Test func aTotalMassCountsOutsideOnly() throws {
    let blocks = ModuleTree.compose([atom("a", 2), atom("b", 2)], totalMass: 6)
    let tree = ModuleTree.compose([blocks, atom("c", 2)], totalMass: nil)
    #expect(try factors(tree) == [0.375, 0.375, 0.25])
  }

  @Test func anAtomWithoutMassGetsNothingEvenBeforeSensitivityZero() throws {
    let tree = ModuleTree.compose(
      [atom("a", 0), .bond(sensitivity: 0), atom("b", 1)], totalMass: nil)
    #expect(try factors(tree) == [0, 1])
  }

  @Test func refusesWhatHasNoAnswer() {
    let dead = ModuleTree.compose([atom("a", 1), .bond(sensitivity: 0)], totalMass: nil)
    #expect(throws: DualizationError.noFiniteUpdate) { _ = try dead.factors() }
    #expect(throws: DualizationError.emptyCompound) {
      _ = try ModuleTree.compose([], totalMass: nil).factors()
    }
    #expect(throws: DualizationError.negativeMass(name: "a", mass: -1)) {
      _ = try atom("a", -1).factors()
    }
    #expect(throws: DualizationError.duplicateName("a")) {
      _ = try ModuleTree.concat([atom("a", 1), atom("a", 1)], totalMass: nil).factors()
    }
    #expect(throws: DualizationError.negativeSensitivity(-2)) {
      _ = try ModuleTree.bond(sensitivity: -2).factors()
    }
  }

  @Test func namesThatDoNotFitAreNamed() throws {
    let network = try Network(.concat([atom("a", 1), atom("b", 1)], totalMass: nil))
    let one = NumericArray.double(try LayerArray(shape: [1, 1], elements: [1]))
    #expect(throws: DualizationError.unknownAtoms(["x", "y"])) {
      _ = try network.dualize(["a": one, "y": one, "x": one], settings: PolarSettings())
    }
    #expect(throws: DualizationError.missingTensors(["b"])) {
      _ = try network.dualize(["a": one], settings: PolarSettings())
    }
  }
}
