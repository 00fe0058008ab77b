/// Measures several things in turns, so that a slow minute of the machine hits all of them.
enum Interleaved {
  /// Runs each contender once a round, starting with another one each time.
  ///
  /// - Returns: for each contender its samples in the order of the rounds.
  static func samples<Sample>(
    rounds: Int, of contenders: [(name: String, measure: () throws -> Sample)]
  ) throws -> [(name: String, samples: [Sample])] {
    var samples = [[Sample]](repeating: [], count: contenders.count)
    for round in 0..<rounds {
      for turn in contenders.indices {
        let index = (turn + round) % contenders.count
        samples[index].append(try contenders[index].measure())
      }
    }
    return zip(contenders, samples).map { ($0.name, $1) }
  }

  /// Seconds that a piece of work takes, by the clock that never goes back.
  static func seconds(_ work: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let duration = try clock.measure { try work() }
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

extension [Double] {
  /// The middle value, or the mean of the two middle ones; NaN where there is none.
  var median: Double {
    let sorted = self.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
