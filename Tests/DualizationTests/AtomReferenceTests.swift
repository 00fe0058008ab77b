import Dualization
import JSON
import LinearAlgebra
import TestSupport
import Testing

/// `atoms.json`: each value within the tolerance given there.
@Suite(.enabled(if: ReferenceFile.isThere("atoms"), "../shared is not here"))
struct AtomReferenceTests {
  @Test func atomsMatchTheOracle() throws {
    let cases = try ReferenceFile.list("atoms", "atoms")
    #expect(cases.count >= 25)
    for one in cases {
      let name = Comment(rawValue: one["name"]?.text ?? "")
      let tolerance = one.number("tol")
      let atom = try Atom(layer(one["atom"]?.text ?? ""))
      let gradient = try one.layerArray("gradient")
      let outcome = try atom.dualize(gradient)
      #expect(
        relativeError(outcome.dualized.elements, try one.layerArray("dualized").elements)
          <= tolerance, name)
      #expect(relativeError(outcome.report.dualNorm, one.number("dual_norm")) <= tolerance, name)
      #expect(relativeError(try atom.dualNorm(of: gradient), one.number("dual_norm")) <= tolerance)
      #expect(
        abs(try atom.norm(of: outcome.dualized) - one.number("norm_of_dualized")) <= tolerance,
        name)
      if one["weight"] != nil {
        #expect(
          relativeError(
            try atom.norm(of: one.layerArray("weight")), one.number("weight_norm")) <= tolerance,
          name)
      }
      if let rank = one["rank"]?.integerValue, one["atom"]?.text == "linear" {
        #expect(outcome.report.rank == Int(rank), name)
      }
      if let ranks = one["ranks"]?.numbers {
        #expect(outcome.report.ranks == ranks.map { Int($0) }, name)
      }
      let step = try SteepestDescent(
        dualNorm: outcome.report.dualNorm, sharpness: one.number("sharpness"))
      #expect(relativeError(step.scale, one.number("step_scale")) <= tolerance, name)
      #expect(relativeError(-step.predictedDecrease, one.number("minimum")) <= tolerance, name)
    }
  }

  @Test func vectorsMatchTheOracle() throws {
    for one in try ReferenceFile.list("atoms", "vectors") {
      let name = Comment(rawValue: one["name"]?.text ?? "")
      let tolerance = one.number("tol")
      let norm = try #require(VectorNorm(rawValue: one["norm"]?.text ?? ""))
      let atom = try Atom(.vector(norm))
      let gradient = try one.layerArray("gradient")
      let outcome = try atom.dualize(gradient)
      #expect(
        relativeError(outcome.dualized.elements, try one.layerArray("dualized").elements)
          <= tolerance, name)
      #expect(relativeError(outcome.report.dualNorm, one.number("dual_norm")) <= tolerance, name)
      #expect(relativeError(try atom.norm(of: gradient), one.number("norm_value")) <= tolerance)
      let step = try SteepestDescent(
        dualNorm: outcome.report.dualNorm, sharpness: one.number("sharpness"))
      #expect(relativeError(step.scale, one.number("step_scale")) <= tolerance, name)
      #expect(relativeError(-step.predictedDecrease, one.number("minimum")) <= tolerance, name)
    }
  }
}
