// Command payments takes money by way of the card network, which runs elsewhere.
package main

import (
	"net/http"
	"os"
)

func main() {
	cards, merchant := address("CARD_NETWORK_URL"), os.Getenv("MERCHANT_KEY")

	serve("payments", map[string]handler{
		"POST /payments": func(_ *http.Request, body object) (any, error) {
			charge, err := call("card-network", cards+"/charge", object{"cents": body["cents"], "merchant": merchant[:min(4, len(merchant))]})
			if err != nil {
				return nil, err
			}
			return object{"id": charge["authorisation"]}, nil
		},
	})
}
