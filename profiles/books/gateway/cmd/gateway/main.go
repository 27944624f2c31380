// Gateway is the shop's front door: one page of everything, and the API.
package main

import (
	"log"

	"books.example/kit/cache"
	"books.example/kit/events"
	"books.example/kit/service"

	"books.example/gateway/backend"
	"books.example/gateway/handlers"
)

type settings struct {
	Listen   string
	Backends backend.Addresses
	Redis    cache.Settings
	Events   events.Settings
}

func main() {
	var config settings
	service.Configure("gateway", &config)

	backends, err := backend.Connect(config.Backends, cache.New(cache.Connect(config.Redis), "gateway"))
	if err != nil {
		log.Fatal(err)
	}
	events.Connect(config.Events, "gateway")
	service.Serve("gateway", config.Listen, handlers.Routes(backends))
}
