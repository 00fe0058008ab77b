import AlgorithmInterface
import JSON
import LinearAlgebra
import Tensors
import TransferClustering

/// Reads one data set in the form its family asks for, and refuses what does not fit with the place
/// of the first offender.
struct SubjectDataReader {
  /// `target` or `source`: the input's name, and the parameter that says how to read it.
  let name: String
  let family: Parameters
  /// What a reader of the result should know about these data.
  private(set) var warnings: [String] = []

  init(name: String, family: Parameters) {
    self.name = name
    self.family = family
  }

  mutating func read(
    _ tensor: Tensor, classes: ClosedRange<Int>
  ) throws(RequestRejection) -> SubjectData {
    try ClusterParameters.checkFamily(of: name, family)
    switch family.string("family") ?? "gmm" {
    case "sbm": return try network(tensor, classes: classes)
    case "lcm": return try items(tensor, classes: classes)
    default: return try points(tensor, classes: classes)
    }
  }

  private func refusal(_ detail: String, at index: [Int] = []) -> RequestRejection {
    RequestRejection(.input(name, at: index, detail))
  }

  private func requireSubjects(
    _ count: Int, distinct: Int, _ classes: ClosedRange<Int>
  ) throws(RequestRejection) {
    guard classes.upperBound <= count else {
      throw RequestRejection(
        .parameter(
          "classes", "\(classes.upperBound) classes for the \(count) subjects of \(name)"))
    }
    guard classes.upperBound <= distinct else {
      throw RequestRejection(
        .parameter(
          "classes",
          "\(classes.upperBound) classes, but only \(distinct) different rows in \(name)"))
    }
  }

  private mutating func points(
    _ tensor: Tensor, classes: ClosedRange<Int>
  ) throws(RequestRejection) -> SubjectData {
    let rule = TensorSpecification(
      name: name, summary: "", elementTypes: ElementType.allCases, ranks: 1...2,
      shapeRule: "(n, d)")
    try rule.check(tensor)
    let matrix = tensor.matrix()
    try Self.requireUsualScale(matrix, named: name)
    try requireSubjects(
      matrix.rows, distinct: Self.distinctRows(matrix, upTo: classes.upperBound), classes)
    let constant = (0..<matrix.columns).filter { column in
      (1..<max(matrix.rows, 1)).allSatisfy { matrix[$0, column] == matrix[0, column] }
    }
    if !constant.isEmpty {
      warnings.append(
        "\(name): column \(constant[0]) is constant\(constant.count > 1 ? " (and others)" : ""): "
          + "its variance is the ridge alone")
    }
    let form = family.word("covariance", as: CovarianceForm.self) ?? .full
    return .points(matrix, form)
  }

  /// The number of different rows, but no more than is asked for: a table of all of them would be
  /// as large as the data.
  static func distinctRows(_ matrix: Matrix<Double>, upTo limit: Int) -> Int {
    var rows = Set<[UInt64]>()
    for row in 0..<matrix.rows where rows.count < limit {
      // + 0 makes one of the two zeros.
      rows.insert(matrix.row(row).map { ($0 + 0).bitPattern })
    }
    return rows.count
  }

  /// Refuses numbers whose squared differences float64 cannot hold.
  static func requireUsualScale(
    _ matrix: Matrix<Double>, named name: String
  ) throws(RequestRejection) {
    var least = [Double](repeating: .infinity, count: matrix.columns)
    var most = [Double](repeating: -.infinity, count: matrix.columns)
    var tooLarge: Int?
    matrix.withElements { values in
      for place in values.indices {
        let column = place % matrix.columns
        least[column] = min(least[column], values[place])
        most[column] = max(most[column], values[place])
        if abs(values[place]) > 1e150, tooLarge == nil { tooLarge = place }
      }
    }
    if let place = tooLarge {
      throw RequestRejection(
        .input(
          name, at: [place / matrix.columns, place % matrix.columns],
          "is larger than 1e150: squares of such numbers overflow; give the data in other units"))
    }
    let spread = zip(most, least).map { $0 - $1 }.max() ?? 0
    guard spread == 0 || spread > 1e-140 else {
      throw RequestRejection(
        .input(
          name,
          "no column varies by more than \(spread): squares of such differences vanish; give the "
            + "data in other units"))
    }
  }

  private mutating func items(
    _ tensor: Tensor, classes: ClosedRange<Int>
  ) throws(RequestRejection) -> SubjectData {
    guard tensor.shape.count == 2, tensor.count > 0 else {
      throw refusal("expected integer codes of shape (n, p), got shape \(tensor.shape)")
    }
    let (n, p) = (tensor.shape[0], tensor.shape[1])
    let values = tensor.float64Values()
    var codes = [Int32](repeating: CategoricalItems.missing, count: values.count)
    var largest = [Int](repeating: 0, count: p)
    for (place, value) in values.enumerated() {
      // null in JSON arrives as NaN, and numpy's missing is NaN too.
      if value.isNaN || value == -1 { continue }
      guard let code = Int32(exactly: value), code >= 0, code < 65_536 else {
        throw refusal(
          "\(value) is no category: expected 0, 1, 2, …, or -1 (null) for missing",
          at: [place / p, place % p])
      }
      codes[place] = code
      largest[place % p] = max(largest[place % p], Int(code))
    }
    var categories = largest.map { max($0 + 1, 2) }
    if let given = family.numbers("categories") {
      guard given.count == p else {
        throw RequestRejection(
          ValidationIssue(
            JSONPointer(["params", name, "categories"]),
            "expected \(p) numbers, one an item, got \(given.count)"))
      }
      categories = given.map { Int($0) }
      for (place, code) in codes.enumerated() where Int(code) >= categories[place % p] {
        throw refusal(
          "category \(code) of an item with \(categories[place % p]) categories",
          at: [place / p, place % p])
      }
    }
    var rows = Set<ArraySlice<Int32>>()
    for row in 0..<n where rows.count < classes.upperBound {
      rows.insert(codes[row * p..<(row + 1) * p])
    }
    try requireSubjects(n, distinct: rows.count, classes)
    let unanswered = (0..<p).filter { item in
      (0..<n).allSatisfy { codes[$0 * p + item] == CategoricalItems.missing }
    }
    if let first = unanswered.first {
      warnings.append(
        "\(name): nobody answered item \(first)\(unanswered.count > 1 ? " (and others)" : ""): "
          + "it says nothing")
    }
    let empty = (0..<n).count { row in
      codes[row * p..<(row + 1) * p].allSatisfy { $0 == CategoricalItems.missing }
    }
    if empty > 0 {
      warnings.append(
        "\(name): \(empty) subjects have no answer at all: their labels rest on the class sizes")
    }
    return .items(CategoricalItems(subjects: n, categories: categories, codes: codes))
  }

  private func network(
    _ tensor: Tensor, classes: ClosedRange<Int>
  ) throws(RequestRejection) -> SubjectData {
    let network =
      family.string("form") == "edges" ? try edgeList(tensor) : try adjacency(tensor)
    try requireSubjects(network.nodes, distinct: network.nodes, classes)
    guard !network.isTrivial else {
      throw refusal(
        network.edgeCount == 0
          ? "the network has no edge: nothing tells its classes apart"
          : "the network is complete: nothing tells its classes apart")
    }
    return .network(network, family.word("likelihood", as: NetworkLikelihood.self) ?? .full)
  }

  private func adjacency(_ tensor: Tensor) throws(RequestRejection) -> Network {
    guard tensor.shape.count == 2, tensor.shape[0] == tensor.shape[1], tensor.count > 0 else {
      throw refusal(
        "expected a symmetric 0/1 matrix (n, n), got shape \(tensor.shape); a list of edges is "
          + "read with params.\(name).form = \"edges\"")
    }
    let n = tensor.shape[0]
    let values = tensor.float64Values()
    var edges: [(Int, Int)] = []
    for row in 0..<n {
      for column in 0..<n {
        let value = values[row * n + column]
        guard value == 0 || value == 1 else {
          throw refusal("\(value) is neither 0 nor 1", at: [row, column])
        }
        guard value == values[column * n + row] else {
          throw refusal(
            "differs from element (\(column), \(row)): an undirected network is "
              + "symmetric", at: [row, column])
        }
        if value == 1 {
          guard row != column else { throw refusal("is a self loop", at: [row, column]) }
          if row < column { edges.append((row, column)) }
        }
      }
    }
    return Network(nodes: n, edges: edges)
  }

  private func edgeList(_ tensor: Tensor) throws(RequestRejection) -> Network {
    guard tensor.shape.count == 2, tensor.shape[1] == 2, tensor.count > 0 else {
      throw refusal("expected a list of edges (E, 2), got shape \(tensor.shape)")
    }
    let values = tensor.float64Values()
    let limit = family.integer("nodes")
    var edges: [(Int, Int)] = []
    edges.reserveCapacity(tensor.shape[0])
    var largest = 0
    for row in 0..<tensor.shape[0] {
      var ends = (0, 0)
      for column in 0..<2 {
        guard let node = Int(exactly: values[row * 2 + column]), node >= 0,
          node < limit ?? 10_000_000
        else {
          throw refusal(
            "\(values[row * 2 + column]) is no node: expected 0…\((limit ?? 10_000_000) - 1)",
            at: [row, column])
        }
        if column == 0 { ends.0 = node } else { ends.1 = node }
        largest = max(largest, node)
      }
      guard ends.0 != ends.1 else {
        throw refusal("joins node \(ends.0) with itself", at: [row])
      }
      edges.append(ends)
    }
    return Network(nodes: limit ?? largest + 1, edges: edges)
  }
}
