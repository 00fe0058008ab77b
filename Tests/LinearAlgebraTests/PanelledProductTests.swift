import LinearAlgebra
import TestSupport
import Testing

/// Our kernels for large products, in every width that the processor has, against plain sums.
@Suite(.enabled(if: OpenBLAS.hasFusedKernels, "kernels without fused multiply-add are in use"))
struct PanelledProductTests {
  /// Around the result, to see a write beside it.
  private static let margin = 3
  private static let untouched = 77.0

  private struct Form {
    var transposedLeft = false
    var transposedRight = false
    var alpha = 1.0
    var beta = 0.0
    var lower = false
  }

  /// C (m × n) within a larger block, as every kernel leaves it.
  private func results<Scalar: Real>(
    _ m: Int, _ k: Int, _ n: Int, _ form: Form, _: Scalar.Type
  ) -> (given: [Matrix<Scalar>], wanted: Matrix<Double>, size: Matrix<Double>) {
    let a: Matrix<Scalar> = Samples.normal(m, k, seed: 1)
    let b: Matrix<Scalar> = Samples.normal(k, n, seed: 2)
    let old: Matrix<Scalar> = Samples.normal(m, n, seed: 3)
    let margin = Self.margin
    let left = form.transposedLeft ? NaiveAlgebra.transpose(a) : a
    let right = form.transposedRight ? NaiveAlgebra.transpose(b) : b
    let given = Scalar.Routines.panelKernels.map { kernel in
      var whole = Matrix<Scalar>(rows: m + 2 * margin, columns: n + 2 * margin) { i, j in
        let inside = (margin..<margin + m).contains(i) && (margin..<margin + n).contains(j)
        // What is not to be read where beta is zero.
        return inside
          ? (form.beta == 0 ? Scalar.nan : old[i - margin, j - margin]) : Scalar(Self.untouched)
      }
      whole.withMutableView { whole in
        left.withView { left in
          right.withView { right in
            PanelledProduct.run(
              kernel, form.transposedLeft ? left.transposed : left,
              form.transposedRight ? right.transposed : right, Scalar(form.alpha),
              Scalar(form.beta),
              whole.block(rows: margin..<margin + m, columns: margin..<margin + n),
              lower: form.lower)
          }
        }
      }
      return whole
    }
    let product = NaiveAlgebra.product(a, b)
    let wanted = Matrix<Double>(rows: m, columns: n) { i, j in
      form.alpha * product[i, j] + form.beta * Double(old[i, j])
    }
    let size = Matrix<Double>(rows: m, columns: n) { i, j in
      (0..<k).reduce(abs(form.beta * Double(old[i, j]))) {
        $0 + abs(form.alpha * Double(a[i, $1]) * Double(b[$1, j]))
      }
    }
    return (given, wanted, size)
  }

  private func check<Scalar: Real>(
    _ m: Int, _ k: Int, _ n: Int, _ form: Form, _ type: Scalar.Type
  ) {
    let (given, wanted, size) = results(m, k, n, form, type)
    let (margin, epsilon) = (Self.margin, Double(Scalar.ulpOfOne))
    var (wrong, beside, different) = (0, 0, 0)
    for result in given {
      for i in 0..<result.rows {
        for j in 0..<result.columns {
          let (row, column) = (i - margin, j - margin)
          guard (0..<m).contains(row), (0..<n).contains(column) else {
            if Double(result[i, j]) != Self.untouched { beside += 1 }
            continue
          }
          if form.lower, column > row { continue }
          // k products and sums, and those with alpha and beta.
          let error = abs(Double(result[i, j]) - wanted[row, column])
          if !(error <= Double(k + 4) * epsilon * size[row, column]) { wrong += 1 }
          if result[i, j] != given[0][i, j] { different += 1 }
        }
      }
    }
    #expect(
      wrong == 0 && beside == 0 && different == 0,
      "\(m) × \(k) × \(n) of \(Scalar.self), \(form): \(wrong) wrong, \(beside) beside, \(different) otherwise"
    )
  }

  @Test(arguments: [1, 5, 6, 7, 12, 65], [1, 127, 128, 300])
  func productsAreRightAndTheSameInEveryWidth(m: Int, k: Int) {
    for n in [1, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 100] {
      check(m, k, n, Form(), Float.self)
      check(m, k, n, Form(), Double.self)
    }
  }

  @Test(arguments: [(false, true), (true, false), (true, true)])
  func operandsMayLieTransposed(left: Bool, right: Bool) {
    for (m, k, n) in [
      (6, 8, 16), (8, 9, 16), (14, 20, 33), (15, 129, 40), (23, 130, 37), (64, 64, 64),
      (7, 257, 65),
    ] {
      let form = Form(transposedLeft: left, transposedRight: right)
      check(m, k, n, form, Float.self)
      check(m, k, n, form, Double.self)
    }
  }

  @Test(arguments: [(1.0, 1.0), (-1.0, 1.0), (0.3, 0.0), (0.3, 1.0), (2.5, -0.7)])
  func resultsAreScaledAndAddedTo(alpha: Double, beta: Double) {
    for (m, k, n) in [(13, 20, 33), (20, 140, 64)] {
      // The factors as both widths have them.
      let form = Form(alpha: Double(Float(alpha)), beta: Double(Float(beta)))
      check(m, k, n, form, Float.self)
      check(m, k, n, form, Double.self)
    }
  }

  @Test(arguments: [6, 16, 33, 64, 65, 130, 200])
  func lowerTrianglesAreWhole(n: Int) {
    for transposed in [false, true] {
      let form = Form(transposedRight: transposed, alpha: -1, beta: 1, lower: true)
      check(n, 40, n, form, Float.self)
      check(n, 150, n, form, Double.self)
    }
  }

  @Test func thinShapesStayWithBLAS() {
    #expect(PanelledProduct.suits(Double.self, 64, 64, 64))
    #expect(!PanelledProduct.suits(Double.self, 64, 7, 64))
    #expect(!PanelledProduct.suits(Float.self, 2, 64, 64))
  }
}
