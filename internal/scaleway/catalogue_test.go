package scaleway

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

const productsPath = "/product-catalog/v2alpha1/public-catalog/products"

func TestInstanceProducts(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		query := r.URL.Query()
		if r.URL.Path != productsPath || query.Get("product_types") != "instance" || query.Has("region") ||
			!slices.Equal(query["api_ids"], []string{"GP1-XS", "POP2-2C-8G"}) || query.Get("page_size") != "100" {
			t.Errorf("request of %s", r.URL)
		}
		writeJSON(w, 200,
			`{"products":[{"sku":"a","properties":{"instance":{"offer_id":"GP1-XS"}},"status":"end_of_growth",`+
				`"end_of_sale_at":"2027-03-31T00:00:00Z",`+
				`"locality":{"zone":"`+query.Get("zone")+
				`"}},{"sku":"b","properties":{}},{"sku":"c"}],"total_count":3}`)
	})
	for _, test := range []struct {
		zone  scw.Zone
		types []string
	}{
		{scw.ZoneFrPar1, []string{"POP2-2C-8G", "GP1-XS"}},
		{scw.ZoneFrPar1, []string{"GP1-XS", "POP2-2C-8G", "GP1-XS"}},
		{scw.ZoneFrPar2, []string{"POP2-2C-8G", "GP1-XS"}},
	} {
		products, err := c.InstanceProducts(t.Context(), test.zone, test.types)
		if err != nil || len(products) != 1 || products[0].Properties.Instance.OfferID != "GP1-XS" ||
			*products[0].Locality.Zone != test.zone || products[0].EndOfSaleAt == nil {
			t.Errorf("%s: %+v, %v", test.zone, products, err)
		}
	}
	if got := len(fake.allRequests()); got != 2 {
		t.Errorf("%d requests, want one per zone", got)
	}
}

func TestInstanceProductsForbidden(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == 1 {
			writeJSON(w, 403, `{"message":"insufficient permissions","type":"permissions_denied","details":[]}`)
			return
		}
		writeJSON(w, 200, `{"products":[],"total_count":0}`)
	})
	if _, err := c.InstanceProducts(
		t.Context(), scw.ZoneFrPar1, []string{"GP1-XS"},
	); !IsForbidden(err) || !strings.Contains(err.Error(), "products of the catalogue in fr-par-1") {
		t.Errorf("got %v", err)
	}
	if products, err := c.InstanceProducts(
		t.Context(), scw.ZoneFrPar1, []string{"GP1-XS"},
	); err != nil || len(products) != 0 {
		t.Errorf("products %v, error %v, want a new request after an error", products, err)
	}
	if got := len(fake.allRequests()); got != 2 {
		t.Errorf("%d requests, want 2", got)
	}
}
