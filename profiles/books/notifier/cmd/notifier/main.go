// Notifier tells every open page what happens in the shop.
package main

import (
	"books.example/kit/events"
	"books.example/kit/service"

	"books.example/notifier/handlers"
	"books.example/notifier/history"
)

type settings struct {
	Listen string
	Events events.Settings
}

func main() {
	var config settings
	service.Configure("notifier", &config)

	last := history.New()
	events.Connect(config.Events, "notifier").Subscribe(last.Add)
	service.Serve("notifier", config.Listen, handlers.Routes(last))
}
