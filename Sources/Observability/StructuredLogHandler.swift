public import Logging

/// One line for each event: a JSON object, or text for a person at a terminal.
///
/// A JSON line has `ts` (RFC 3339, UTC, milliseconds), `level`, `logger`, `msg`, then the metadata
/// as members of the same object (`request_id`, `job_id` …); nested metadata stays nested. A
/// metadata key that collides with one of the four gets an underscore behind it.
public struct StructuredLogHandler: LogHandler {
  public enum Format: String, Sendable {
    case json, text
  }

  private let label: String
  private let format: Format
  private let control: LogLevelControl
  private let sink: any LogSink
  private let clock: @Sendable () -> Timestamp
  private var ownLevel: Logger.Level?

  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?

  /// - Parameters:
  ///   - label: the logger's name.
  ///   - control: the level while the logger has not been given one of its own.
  ///   - clock: the time of an event.
  public init(
    label: String, format: Format, control: LogLevelControl, sink: any LogSink,
    clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
  ) {
    self.label = label
    self.format = format
    self.control = control
    self.sink = sink
    self.clock = clock
  }

  public var logLevel: Logger.Level {
    get { ownLevel ?? control.level }
    set { ownLevel = newValue }
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var members = metadata
    if let provided = metadataProvider?.get() {
      members.merge(provided) { _, new in new }
    }
    if let own = event.metadata {
      members.merge(own) { _, new in new }
    }
    var line: [UInt8] = []
    line.reserveCapacity(256)
    switch format {
    case .json: appendJSON(event, members, to: &line)
    case .text: appendText(event, members, to: &line)
    }
    line.append(UInt8(ascii: "\n"))
    sink.write(line, urgent: event.level >= .warning)
  }

  private func appendJSON(
    _ event: LogEvent, _ members: Logger.Metadata, to line: inout [UInt8]
  ) {
    line += "{\"ts\":\"".utf8
    clock().append(to: &line)
    line += "\",\"level\":\"".utf8
    line += event.level.rawValue.utf8
    line += "\",\"logger\":".utf8
    LogText.appendJSON(label, to: &line)
    line += ",\"msg\":".utf8
    LogText.appendJSON(event.message.description, to: &line)
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      let isTaken = ["ts", "level", "logger", "msg"].contains(key)
      line.append(UInt8(ascii: ","))
      LogText.appendJSON(isTaken ? key + "_" : key, to: &line)
      line.append(UInt8(ascii: ":"))
      LogText.appendJSON(value, to: &line)
    }
    line.append(UInt8(ascii: "}"))
  }

  private func appendText(
    _ event: LogEvent, _ members: Logger.Metadata, to line: inout [UInt8]
  ) {
    clock().append(to: &line)
    line.append(UInt8(ascii: " "))
    line += event.level.rawValue.uppercased().utf8
    line.append(UInt8(ascii: " "))
    LogText.appendPlain(event.message.description, to: &line)
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      line.append(UInt8(ascii: " "))
      LogText.appendPlain(key, to: &line)
      line.append(UInt8(ascii: "="))
      LogText.appendPlain(value.description, to: &line)
    }
  }
}
