/// The assignment problem: give each row a column of its own at the least total cost.
enum Assignment {
  /// Solves it by shortest augmenting paths with potentials (Jonker and Volgenant's form of the
  /// Hungarian method).
  ///
  /// - Parameters:
  ///   - cost: `(size × size)` row-major, finite.
  ///   - size: rows and columns.
  /// - Returns: the column of each row.
  /// - Complexity: O(size³) time, O(size) scratch.
  static func minimumCost(_ cost: [Double], size: Int) -> [Int] {
    precondition(cost.count == size * size, "the cost table is square")
    guard size > 0 else { return [] }
    var rowPotential = [Double](repeating: 0, count: size + 1)
    var columnPotential = [Double](repeating: 0, count: size + 1)
    // Row matched to each column, 1-based; 0 is "none", and column 0 holds the row being placed.
    var rowOfColumn = [Int](repeating: 0, count: size + 1)
    var previousColumn = [Int](repeating: 0, count: size + 1)
    for row in 1...size {
      rowOfColumn[0] = row
      var column = 0
      var slack = [Double](repeating: .infinity, count: size + 1)
      var isVisited = [Bool](repeating: false, count: size + 1)
      repeat {
        isVisited[column] = true
        let current = rowOfColumn[column]
        var step = Double.infinity
        var next = 0
        for candidate in 1...size where !isVisited[candidate] {
          let reduced =
            cost[(current - 1) * size + candidate - 1] - rowPotential[current]
            - columnPotential[candidate]
          if reduced < slack[candidate] {
            slack[candidate] = reduced
            previousColumn[candidate] = column
          }
          if slack[candidate] < step {
            step = slack[candidate]
            next = candidate
          }
        }
        for candidate in 0...size {
          if isVisited[candidate] {
            rowPotential[rowOfColumn[candidate]] += step
            columnPotential[candidate] -= step
          } else {
            slack[candidate] -= step
          }
        }
        column = next
      } while rowOfColumn[column] != 0
      while column != 0 {
        let before = previousColumn[column]
        rowOfColumn[column] = rowOfColumn[before]
        column = before
      }
    }
    var columnOfRow = [Int](repeating: 0, count: size)
    for column in 1...size { columnOfRow[rowOfColumn[column] - 1] = column - 1 }
    return columnOfRow
  }
}
