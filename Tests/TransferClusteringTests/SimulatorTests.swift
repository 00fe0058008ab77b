import Compute
import Glibc
import LinearAlgebra
import Testing
import TransferClustering

/// Draws that are told as costs only, against the same draws made by hand.
@Suite struct SimulatorTests {
  private func points(_ rows: Int, _ columns: Int) -> Matrix<Double> {
    var generator = RandomGenerator(seed: 8, stream: 1)
    return Matrix(rows: rows, columns: columns) { row, column in
      (1 + 0.3 * Double(column)) * generator.normal() + Double(row % 3)
    }
  }

  @Test(arguments: CovarianceForm.allCases)
  func gaussianCostsAreThoseOfThePointsDrawn(_ form: CovarianceForm) throws {
    let (n, d, k) = (53, 5, 3)
    let x = points(n, d)
    let fitted = (0..<n).map { $0 % k }
    let mixture = GaussianMixture(
      x, responsibilities: ClassTable(hard: fitted, classes: k), form: form, ridge: 1e-6)
    // A class of many, one of few, one of nobody.
    let labels = (0..<n).map { $0 % 7 == 0 ? 2 : 0 }
    let simulator = try GaussianSimulator(mixture, labels: labels)
    var noise: [[Double]] = []
    var generator = RandomGenerator(seed: 8, stream: 2)
    let costs = simulator.costs { buffer in
      for index in buffer.indices { buffer[index] = generator.normal() }
      noise.append(Array(buffer))
    }
    var drawn = Matrix<Double>(rows: n, columns: d)
    var block = 0
    for label in 0..<k {
      let members = labels.indices.filter { labels[$0] == label }
      for (place, subject) in members.enumerated() {
        let z = (0..<d).map { noise[block + place / 8][$0 * 8 + place % 8] }
        let moved = try moved(z, mixture, label)
        for column in 0..<d { drawn[subject, column] = moved[column] }
      }
      block += (members.count + 7) / 8
    }
    #expect(block == noise.count)
    let expected = MixtureStep.negativeLogPosteriors(
      try mixture.logDensities(drawn), weights: mixture.weights)
    // The differences are of rounding, of condition numbers below 100.
    #expect(agree(costs.values, expected.values, 1e-10))
  }

  /// m + L z.
  private func moved(
    _ z: [Double], _ mixture: GaussianMixture, _ label: Int
  ) throws -> [Double] {
    let d = mixture.dimension
    switch mixture.form {
    case .spherical, .diag:
      return (0..<d).map {
        let variance = mixture.covariances[label, mixture.form == .diag ? $0 : 0]
        return mixture.means[label, $0] + variance.squareRoot() * z[$0]
      }
    case .tied, .full:
      let first = mixture.form == .full ? label * d : 0
      let factor = try Cholesky(
        mixture.covariances.block(rows: first..<first + d, columns: 0..<d)
      ).factor
      return (0..<d).map { row in
        (0...row).reduce(mixture.means[label, row]) { $0 + factor[row, $1] * z[$1] }
      }
    }
  }

  @Test(arguments: [0.02, 0.3])
  func neighboursAreAsManyAsTheBlocksSay(_ density: Double) throws {
    let n = 40
    var generator = RandomGenerator(seed: 8, stream: 3)
    var edges: [(Int, Int)] = [(0, 1)]
    for v in 0..<n {
      for u in 0..<v where generator.uniform() < density { edges.append((u, v)) }
    }
    let network = Network(nodes: n, edges: edges)
    let read = (0..<n).map { $0 % 3 == 0 ? 1 : 0 }
    let model = BlockModel(
      network, responsibilities: ClassTable(hard: read, classes: 2), smoothing: 0.5,
      likelihood: .full)
    let labels = (0..<n).map { $0 < 25 ? 0 : 1 }
    let simulator = NetworkSimulator(model, labels: labels)
    let draws = 2000
    var sums = [Double](repeating: 0, count: n * 2)
    for draw in 0..<draws {
      var stream = DrawStream(RandomGenerator(seed: 8, stream: 100 + UInt64(draw)))
      let table = try simulator.neighbourSums(&stream, in: ComputeContext())
      for index in sums.indices { sums[index] += table.values[index] }
    }
    for node in 0..<n {
      for label in 0..<2 {
        let others = (0..<n).filter { $0 != node && read[$0] == label }
        let chances = others.map { model.blocks[labels[node], labels[$0]] }
        let mean = chances.reduce(0, +) * Double(draws)
        let variance = chances.reduce(0) { $0 + $1 * (1 - $1) } * Double(draws)
        #expect(
          abs(sums[node * 2 + label] - mean) <= 5 * variance.squareRoot(), "node \(node)")
      }
    }
  }

  @Test func answersAreAsOftenAsTheirProbabilities() {
    let items = CategoricalItems(
      subjects: 4, categories: [3, 2], codes: [0, 1, 1, -1, 2, 0, 0, 0])
    var table = ClassTable(subjects: 4, classes: 2)
    for subject in 0..<4 {
      table[subject, 0] = subject < 2 ? 0.9 : 0.2
      table[subject, 1] = 1 - table[subject, 0]
    }
    let model = LatentClassModel(items, responsibilities: table, smoothing: 0.1)
    let labels = [0, 1, 1, 0]
    let simulator = LatentSimulator(model, missingAsIn: items, labels: labels)
    let draws = 20_000
    var sums = [Double](repeating: 0, count: 8)
    var stream = DrawStream(RandomGenerator(seed: 8, stream: 4))
    for _ in 0..<draws {
      let costs = simulator.costs(&stream)
      for index in sums.indices { sums[index] += costs.values[index] }
    }
    for subject in 0..<4 {
      for label in 0..<2 {
        // The cost under a class, averaged over what the subject's own class answers.
        var mean = -log(model.weights[label])
        var variance = 0.0
        for item in 0..<2 where items.codes[subject * 2 + item] != CategoricalItems.missing {
          let own = (0..<items.categories[item]).map {
            model.probability(item: item, label: labels[subject], category: $0)
          }
          let costs = (0..<items.categories[item]).map {
            -log(model.probability(item: item, label: label, category: $0))
          }
          let first = zip(own, costs).reduce(0) { $0 + $1.0 * $1.1 }
          mean += first
          variance += zip(own, costs).reduce(0) { $0 + $1.0 * $1.1 * $1.1 } - first * first
        }
        let error = (variance / Double(draws)).squareRoot()
        #expect(abs(sums[subject * 2 + label] / Double(draws) - mean) <= 5 * error + 1e-9)
      }
    }
  }
}
