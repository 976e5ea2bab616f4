// Command checkout turns a cart into an order: price it, ask what shipping costs, have it paid, store it.
package main

import (
	"fmt"
	"net/http"
)

func main() {
	cart, pricing := address("CART_URL"), address("PRICING_URL")
	payments, orders, shipping := address("PAYMENTS_URL"), address("ORDERS_URL"), address("SHIPPING_URL")

	serve("checkout", map[string]handler{
		"POST /checkout": func(_ *http.Request, body object) (any, error) {
			filled, err := call("cart", fmt.Sprintf("%s/carts/%s", cart, body["cart"]), nil)
			if err != nil {
				return nil, err
			}
			if items, _ := filled["items"].([]any); len(items) == 0 {
				return nil, httpError{400, fmt.Sprintf("cart %q is empty", body["cart"])}
			}
			total, err := call("pricing", pricing+"/totals", object{"cents": filled["cents"], "coupon": body["coupon"]})
			if err != nil {
				return nil, err
			}
			service, isNamed := body["shipping"]
			if !isNamed {
				service = "standard"
			}
			quote, err := call("shipping", fmt.Sprintf("%s/quotes/%s", shipping, service), nil)
			if err != nil {
				return nil, err
			}
			cents := whole(total["cents"]) + whole(quote["cents"])
			payment, err := call("payments", payments+"/payments", object{"account": body["account"], "cents": cents})
			if err != nil {
				return nil, err
			}
			return call("orders", orders+"/orders", object{
				"account": body["account"], "cents": cents, "payment": payment["id"], "coupon": body["coupon"],
			})
		},
	})
}

func whole(value any) int {
	number, _ := value.(float64)
	return int(number)
}
