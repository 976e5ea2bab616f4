// Command products says what the shop sells. It asks pricing what a product costs today; pricing asks back
// what it costs at all.
package main

import (
	"fmt"
	"net/http"
)

var pricing = address("PRICING_URL")

var products = []object{
	{"id": "mug", "name": "A mug with a leaf", "baseCents": 1200},
	{"id": "shirt", "name": "A shirt with a branch", "baseCents": 2400},
	{"id": "poster", "name": "A poster of a tree", "baseCents": 1800},
}

func product(request *http.Request) (object, error) {
	id := request.PathValue("id")
	for _, each := range products {
		if each["id"] == id {
			return each, nil
		}
	}
	return nil, httpError{404, fmt.Sprintf("no product %q", id)}
}

func main() {
	serve("products", map[string]handler{
		"GET /products": func(*http.Request, object) (any, error) { return products, nil },
		"GET /products/{id}": func(request *http.Request, _ object) (any, error) {
			found, err := product(request)
			if err != nil {
				return nil, err
			}
			price, err := call("pricing", fmt.Sprintf("%s/prices/%s", pricing, found["id"]), nil)
			if err != nil {
				return nil, err
			}
			return object{"id": found["id"], "name": found["name"], "cents": price["cents"]}, nil
		},
		"GET /products/{id}/base": func(request *http.Request, _ object) (any, error) {
			found, err := product(request)
			return object{"cents": found["baseCents"]}, err
		},
	})
}
