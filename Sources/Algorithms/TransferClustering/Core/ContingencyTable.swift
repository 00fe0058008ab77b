/// How often each pair of labels meets: `(K × K)` counts, classes that nobody has included.
///
/// (A table of the labels that occur only is the usual mistake: its indices are then no labels.)
struct ContingencyTable {
  let classes: Int
  /// Row: first label, column: second label.
  private(set) var counts: [Int]  // (K, K)

  init(_ first: [Int], _ second: [Int], classes: Int) {
    precondition(first.count == second.count, "both label the same subjects")
    self.classes = classes
    counts = Array(repeating: 0, count: classes * classes)
    for (row, column) in zip(first, second) { counts[row * classes + column] += 1 }
  }

  var rowSums: [Int] {
    (0..<classes).map { row in counts[row * classes..<(row + 1) * classes].reduce(0, +) }
  }

  var columnSums: [Int] {
    (0..<classes).map { column in
      (0..<classes).reduce(0) { $0 + counts[$1 * classes + column] }
    }
  }

  /// The renaming of the first labels that agrees most often with the second: `names[k]` is the
  /// second labelling's class for class k of the first.
  func bestNames() -> [Int] {
    Assignment.minimumCost(counts.map { -Double($0) }, rows: classes, columns: classes)
  }

  /// The number of subjects whose labels agree under a renaming.
  func agreements(under names: [Int]) -> Int {
    names.enumerated().reduce(0) { $0 + counts[$1.offset * classes + $1.element] }
  }
}
