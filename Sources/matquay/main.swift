// The program `matquay`: `serve` runs the service, `run` an algorithm without it, the others ask a
// running service. This file only starts; closures written here would be bound to the main actor.

import ArgumentParser

MatquayCommand.main()
