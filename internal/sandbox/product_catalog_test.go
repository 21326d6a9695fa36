package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	productcatalog "github.com/scaleway/scaleway-sdk-go/api/product_catalog/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

const productsPath = "/product-catalog/v2alpha1/public-catalog/products"

// listProducts lists the products with the SDK client.
func listProducts(
	t *testing.T, r *rig, request productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest,
) ([]*productcatalog.PublicCatalogProduct, error) {
	t.Helper()
	client, err := scw.NewClient(scw.WithAPIURL(r.url), scw.WithoutAuth())
	if err != nil {
		t.Fatal(err)
	}
	list, err := productcatalog.NewPublicCatalogAPI(client).ListPublicCatalogProducts(
		&request, scw.WithAllPages(), scw.WithContext(t.Context()),
	)
	if err != nil {
		return nil, err
	}
	return list.Products, nil
}

func TestProductCatalogue(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	paris := scw.ZoneFrPar1
	instances := []productcatalog.ListPublicCatalogProductsRequestProductType{
		productcatalog.ListPublicCatalogProductsRequestProductTypeInstance,
	}
	all, err := listProducts(
		t, r, productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest{Zone: &paris, ProductTypes: instances},
	)
	if err != nil || len(all) < 100 {
		t.Fatalf("%d products, %v", len(all), err)
	}
	byOffer := map[string]*productcatalog.PublicCatalogProduct{}
	for _, p := range all {
		byOffer[p.Properties.Instance.OfferID] = p
		if *p.Locality.Zone != paris || p.Locality.Region != nil || p.Locality.Global != nil {
			t.Errorf("%s is in %+v", p.Sku, p.Locality)
		}
	}
	if len(byOffer) != len(all) {
		t.Errorf("%d types for %d products", len(byOffer), len(all))
	}
	pop := byOffer["POP2-HC-2C-4G"]
	if pop.Sku != "/compute/pop2_hc_2c_4g/run_fr-par-1" || pop.Product != "POP2-HC-2C-4G Instance" ||
		pop.Properties.Hardware.RAM.Size != 4<<30 ||
		pop.Status != productcatalog.PublicCatalogProductStatusGeneralAvailability || pop.EndOfSaleAt != nil {
		t.Errorf("got %+v", pop)
	}
	old := byOffer["GP1-XS"]
	if old.Status != productcatalog.PublicCatalogProductStatusEndOfGrowth || old.EndOfSaleAt == nil ||
		old.EndOfGrowthAt.After(*old.EndOfSaleAt) ||
		!slices.Contains(old.Properties.Instance.RecommendedReplacementOfferIDs, "POP2-4C-16G") {
		t.Errorf("got %+v, %+v", old, old.Properties.Instance)
	}
	for _, test := range []struct {
		name    string
		request productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest
		want    []string
	}{
		{"by type", productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest{
			Zone: &paris, APIIDs: []string{"GP1-XS", "POP2-2C-8G", "NOTHING"},
		},
			[]string{"GP1-XS", "POP2-2C-8G"}},
		{"by status", productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest{Zone: &paris,
			Status: []productcatalog.ListPublicCatalogProductsRequestStatus{
				productcatalog.ListPublicCatalogProductsRequestStatusEndOfSale,
			}}, []string{"COPARM1-16C-64G", "COPARM1-2C-8G", "COPARM1-32C-128G", "COPARM1-4C-16G", "COPARM1-8C-32G"}},
		{"another kind of product", productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest{Zone: &paris,
			ProductTypes: []productcatalog.ListPublicCatalogProductsRequestProductType{
				productcatalog.ListPublicCatalogProductsRequestProductTypeDedibox,
			}}, []string{}},
	} {
		found, err := listProducts(t, r, test.request)
		got := []string{}
		for _, p := range found {
			got = append(got, p.Properties.Instance.OfferID)
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v, want %v", test.name, got, err, test.want)
		}
	}
	region := scw.RegionFrPar
	_, err = listProducts(
		t, r, productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest{Zone: &paris, Region: &region},
	)
	var invalid *scw.InvalidArgumentsError
	if !errors.As(err, &invalid) {
		t.Errorf("two localities: %v", err)
	}
}

// TestProductCatalogueNeedsNoToken sends no token and a wrong one.
func TestProductCatalogueNeedsNoToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	for _, token := range []string{"", "wrong", SecretKey} {
		r.token = token
		answer := r.call(http.StatusOK, "GET", productsPath+"?zone=nl-ams-1&page_size=3&page=2", "")
		if lengthAt(t, answer, "products") != 3 {
			t.Errorf("token %q: %v", token, answer)
		}
		if count, ok := jsonAt(t, answer, "total_count").(float64); !ok || count < 50 {
			t.Errorf("total count %v", count)
		}
	}
	r.call(http.StatusBadRequest, "GET", productsPath+"?zone=fr-par-1&product_types=cars", "")
	expectJSON(
		t, "zone", r.call(
			http.StatusBadRequest, "GET", productsPath+"?global=true&zone=fr-par-1", "",
		), "details", 0, "argument_name",
	)
	// As in the API's example, a request without a locality returns all products.
	if everywhere := r.call(
		http.StatusOK, "GET", productsPath+"?api_ids=POP2-2C-8G&page_size=100", "",
	); lengthAt(t, everywhere, "products") < 5 {
		t.Errorf("got %v", everywhere)
	}
}

// TestProductCatalogueFollowsTheClock checks that statuses follow the clock and out-of-band changes.
func TestProductCatalogueFollowsTheClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	status := func(name string) string {
		t.Helper()
		return stringAt(
			t,
			r.call(http.StatusOK, "GET", productsPath+"?zone=fr-par-1&api_ids="+name, ""),
			"products",
			0,
			"status",
		)
	}
	for _, test := range []struct{ day, want string }{
		{"2026-11-24", "end_of_growth"}, {"2027-03-31", "end_of_sale"}, {"2028-04-01", "end_of_life"},
	} {
		day, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		r.server.SetNow(day)
		if got := status("GP1-M"); got != test.want {
			t.Errorf("on %s: %s, want %s", test.day, got, test.want)
		}
	}
	r.call(http.StatusOK, "PATCH", "/_sandbox/objects/products/POP2-2C-8G", `{"status":"end_of_sale",`+
		`"end_of_sale_at":"2026-12-01T00:00:00Z"}`)
	if got := status("POP2-2C-8G"); got != "end_of_sale" {
		t.Errorf("got %s", got)
	}
}
