/// The assignment problem: give each row a column of its own at the least total cost.
package enum Assignment {
  /// Solves it by shortest augmenting paths with potentials (Jonker and Volgenant's form of the
  /// Hungarian method).
  ///
  /// - Parameters:
  ///   - cost: `(rows × columns)` row-major, finite, rows ≤ columns.
  /// - Returns: the column of each row.
  /// - Complexity: O(rows² · columns) time, O(columns) scratch.
  package static func minimumCost(_ cost: [Double], rows: Int, columns size: Int) -> [Int] {
    precondition(cost.count == rows * size && rows <= size, "one row a task, no fewer columns")
    guard rows > 0 else { return [] }
    var rowPotential = [Double](repeating: 0, count: rows + 1)
    var columnPotential = [Double](repeating: 0, count: size + 1)
    // Row matched to each column, 1-based; 0 is "none", and column 0 holds the row being placed.
    var rowOfColumn = [Int](repeating: 0, count: size + 1)
    var previousColumn = [Int](repeating: 0, count: size + 1)
    for row in 1...rows {
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
    var columnOfRow = [Int](repeating: 0, count: rows)
    for column in 1...size where rowOfColumn[column] != 0 {
      columnOfRow[rowOfColumn[column] - 1] = column - 1
    }
    return columnOfRow
  }
}
