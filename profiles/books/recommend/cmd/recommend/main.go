// Recommend counts the hearts that readers give, and recommends by them.
package main

import (
	"books.example/kit/cache"
	"books.example/kit/events"
	"books.example/kit/service"

	"books.example/recommend/handlers"
	"books.example/recommend/hearts"
)

type settings struct {
	Listen string
	Redis  cache.Settings
	Events events.Settings
}

func main() {
	var config settings
	service.Configure("recommend", &config)

	given := hearts.New(cache.Connect(config.Redis))
	bus := events.Connect(config.Events, "recommend")
	service.Serve("recommend", config.Listen, handlers.Routes(given, bus))
}
