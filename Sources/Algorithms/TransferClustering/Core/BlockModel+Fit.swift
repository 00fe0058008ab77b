public import Compute
import LinearAlgebra

extension BlockModel {
  /// Classes of a network's nodes by maximum complete likelihood.
  ///
  /// Starts from the spectral embeddings of A and of the degree-regularised Laplacian (rows
  /// normalised) and from the degrees; each is refined by mean-field steps and then by hard steps
  /// (parameters ↔ labels), and the best complete likelihood is kept.
  ///
  /// - Parameters:
  ///   - stream: the first of a block of random streams of the context's seed.
  /// - Throws: `classCollapsed` where no start keeps all classes; `stopped`.
  /// - Complexity: O(starts · iterations · (E K + n K²)) and the embeddings.
  public static func fit(
    _ network: Network, classes: Int, likelihood: NetworkLikelihood, options: FitOptions,
    stream: UInt64, in context: ComputeContext
  ) throws(TransferClusteringError) -> (BlockModel, FitSummary) {
    let starts = NetworkStart.allCases
    let runs = try context.parallelMap(starts.count) { index throws(TransferClusteringError) in
      do throws(TransferClusteringError) {
        let labels = try starts[index].labels(
          network, classes: classes, restarts: options.restarts,
          stream: stream &+ UInt64(index) << 16, in: context.serial)
        return FitRun.fitted(
          try refined(
            network, labels: labels, classes: classes, likelihood: likelihood, options: options,
            in: context.serial))
      } catch {
        if case .stopped = error { throw error }
        return FitRun.failed(error)
      }
    }
    var (model, summary) = try FitRun.best(runs)
    let counts = network.componentCounts()
    if counts.isolated > 0 {
      summary.warnings.append(
        "\(counts.isolated) of \(network.nodes) nodes have no edge: their labels rest on "
          + "non-edges alone")
    } else if counts.components > 1 {
      summary.warnings.append("the network has \(counts.components) connected components")
    }
    return (model, summary)
  }

  /// Mean-field steps, then hard steps, from given labels.
  static func refined(
    _ network: Network, labels: [Int], classes: Int, likelihood: NetworkLikelihood,
    options: FitOptions, in context: ComputeContext
  ) throws(TransferClusteringError) -> (BlockModel, FitSummary) {
    let soft = try meanField(
      network, labels: labels, classes: classes, likelihood: likelihood, options: options,
      in: context)
    var best: (model: BlockModel, value: Double)?
    var iterations = 0
    var isConverged = false
    for start in [labels, soft] {
      var current = start
      for _ in 0..<max(options.maximumIterations / 2, 1) {
        try context.checkpointForClustering()
        try reseedEmptyClasses(&current, network, classes: classes)
        let model = BlockModel(
          network, responsibilities: ClassTable(hard: current, classes: classes),
          smoothing: options.blockSmoothing, likelihood: likelihood)
        let densities = model.logDensities(network)
        let value = model.completeLogLikelihood(densities: densities)
        iterations += 1
        if let leader = best, leader.value >= value {} else { best = (model, value) }
        let next = MixtureStep.negativeLogPosteriors(densities, weights: model.weights).smallest()
        if next == current {
          isConverged = true
          break
        }
        current = next
      }
    }
    guard let best else { throw .classCollapsed(label: 0, family: "sbm") }
    let summary = FitSummary(
      completeLogLikelihood: best.value,
      icl: best.model.integratedCriterion(completeLogLikelihood: best.value),
      parameters: best.model.parameterCount, subjects: network.nodes, iterations: iterations,
      isConverged: isConverged)
    return (best.model, summary)
  }

  /// Soft classes: each node's row becomes the softmax of its log density and log weight, given the
  /// rows of the others. Ends when no label changed in the last few steps.
  private static func meanField(
    _ network: Network, labels: [Int], classes: Int, likelihood: NetworkLikelihood,
    options: FitOptions, in context: ComputeContext
  ) throws(TransferClusteringError) -> [Int] {
    var responsibilities = ClassTable(hard: labels, classes: classes)
    var current = labels
    var unchanged = 0
    for _ in 0..<max(options.maximumIterations / 2, 1) where unchanged < 3 {
      try context.checkpointForClustering()
      let model = BlockModel(
        network, responsibilities: responsibilities, smoothing: options.blockSmoothing,
        likelihood: likelihood)
      responsibilities =
        MixtureStep.expectation(
          model.logDensities(network), weights: model.weights
        ).responsibilities
      let next = responsibilities.largest()
      unchanged = next == current ? unchanged + 1 : 0
      current = next
    }
    return current
  }

  /// Gives each class that lost its last node the node that fits its own class worst.
  ///
  /// - Throws: `classCollapsed` where there are fewer nodes than classes.
  private static func reseedEmptyClasses(
    _ labels: inout [Int], _ network: Network, classes: Int
  ) throws(TransferClusteringError) {
    var sizes = [Int](repeating: 0, count: classes)
    for label in labels { sizes[label] += 1 }
    for empty in 0..<classes where sizes[empty] == 0 {
      // The largest class gives up the node with the most neighbours outside the class.
      guard let largest = sizes.indices.max(by: { sizes[$0] < sizes[$1] }), sizes[largest] > 1
      else { throw .classCollapsed(label: empty, family: "sbm") }
      let sums = network.neighbourSums(ClassTable(hard: labels, classes: classes))
      var chosen: (node: Int, strangers: Double)?
      for node in labels.indices where labels[node] == largest {
        let row = node * classes
        let strangers =
          sums.values[row..<row + classes].reduce(0, +) - 2 * sums.values[row + largest]
        if let leader = chosen, leader.strangers >= strangers { continue }
        chosen = (node, strangers)
      }
      guard let chosen else { throw .classCollapsed(label: empty, family: "sbm") }
      labels[chosen.node] = empty
      sizes[largest] -= 1
      sizes[empty] = 1
    }
  }
}

/// Where the search for a network's classes starts.
private enum NetworkStart: CaseIterable, Sendable {
  case adjacency, laplacian, degrees

  func labels(
    _ network: Network, classes: Int, restarts: Int, stream: UInt64, in context: ComputeContext
  ) throws(TransferClusteringError) -> [Int] {
    // More vectors than this tell a start nothing, and cost K³.
    let dimensions = min(classes, 64)
    let points: Matrix<Double>
    switch self {
    case .adjacency:
      points = try SpectralEmbedding.leading(
        network, .adjacency, count: dimensions, generator: context.generator(stream: stream),
        in: context
      ).vectors
    case .laplacian:
      points = Self.rowsNormalised(
        try SpectralEmbedding.leading(
          network, .regularisedLaplacian, count: dimensions,
          generator: context.generator(stream: stream), in: context
        ).vectors)
    case .degrees:
      points = Matrix(
        rows: network.nodes, columns: 1, elements: network.degrees.map { Double($0) })
    }
    do throws(ComputationStopped) {
      return try KMeans(
        points, classes: classes, restarts: restarts, stream: stream &+ 1, in: context
      ).labels
    } catch {
      throw .stopped(error)
    }
  }

  private static func rowsNormalised(_ points: Matrix<Double>) -> Matrix<Double> {
    let lengths = points.rowSquaredNorms().map { $0.squareRoot() }
    return Matrix(rows: points.rows, columns: points.columns) { row, column in
      lengths[row] > 0 ? points[row, column] / lengths[row] : 0
    }
  }
}
