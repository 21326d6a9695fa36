package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	productcatalog "github.com/scaleway/scaleway-sdk-go/api/product_catalog/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// product is a product of the public catalogue. The sandbox knows Instance types only, one object for all zones that
// have the type: `objects/products/GP1-XS`. Locality and what names the zone are filled in as it is shown.
type product struct {
	productcatalog.PublicCatalogProduct

	sold *serverType
}

// ending is what the catalogue says of a family that is on its way out. The API has a status and dates for each type;
// what they are today is in no recording, so that families and dates are the sandbox's own choice: one for each stage.
type ending struct {
	prefix                          string
	status                          productcatalog.PublicCatalogProductStatus
	endOfGrowth, endOfSale, endLife string
}

func endings() []ending {
	families := []ending{
		// An older general-purpose family: sold to those who have it, until a day that a test can reach.
		{"GP1-", productcatalog.PublicCatalogProductStatusEndOfGrowth, "2026-07-01", "2027-03-31", "2028-03-31"},
		// The documentation calls it ended: it still runs, and no more can be ordered.
		{"COPARM1-", productcatalog.PublicCatalogProductStatusEndOfSale, "2025-12-31", "2026-06-30", "2027-06-30"},
		// A status without a date, as the API may give.
		{"PRO2-", productcatalog.PublicCatalogProductStatusEndOfNewFeatures, "", "", ""},
	}
	// What `products/servers` marks as out of service.
	for _, prefix := range []string{"START1-", "VC1", "X64-"} {
		families = append(families, ending{prefix, productcatalog.PublicCatalogProductStatusEndOfLife, "", "", "2024-12-31"})
	}
	return families
}

// newProducts is the catalogue by the name of the type, in the order of the names.
func newProducts() *collection[product] {
	all := newCollection[product]()
	types := newServerTypes()
	for _, t := range types {
		p := newProduct(t)
		for _, family := range endings() {
			if strings.HasPrefix(t.name, family.prefix) {
				p.Status = family.status
				p.EndOfGrowthAt, p.EndOfSaleAt, p.EndOfLifeAt = endingDate(
					family.endOfGrowth,
				), endingDate(
					family.endOfSale,
				), endingDate(
					family.endLife,
				)
			}
		}
		all.put(t.name, p)
	}
	for _, p := range all.list(
		func(p *product) bool { return p.Status != productcatalog.PublicCatalogProductStatusGeneralAvailability },
	) {
		for _, other := range all.list(nil) {
			if other.replaces(p) {
				p.Properties.Instance.RecommendedReplacementOfferIDs = append(
					p.Properties.Instance.RecommendedReplacementOfferIDs, other.sold.name,
				)
			}
		}
	}
	return all
}

func endingDate(day string) *time.Time {
	if day == "" {
		return nil
	}
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return &at
}

// replaces says whether a type is recommended for one that ends: of the same size, and to stay.
func (p *product) replaces(old *product) bool {
	a, b := p.sold, old.sold
	return p.Status == productcatalog.PublicCatalogProductStatusGeneralAvailability && a.Arch == b.Arch &&
		a.Ncpus == b.Ncpus &&
		a.RAM == b.RAM && *a.Gpu == *b.Gpu
}

func newProduct(t *serverType) *product {
	arch := productcatalog.PublicCatalogProductPropertiesHardwareCPUArchX64
	if strings.HasPrefix(t.Arch.String(), "arm") {
		arch = productcatalog.PublicCatalogProductPropertiesHardwareCPUArchArm64
	}
	internal, internet := *t.Network.SumInternalBandwidth, *t.Network.SumInternetBandwidth
	hardware := &productcatalog.PublicCatalogProductPropertiesHardware{
		CPU: &productcatalog.PublicCatalogProductPropertiesHardwareCPU{
			Description: fmt.Sprintf("%s, vCPUs: %d", arch, t.Ncpus), Arch: arch, Threads: t.Ncpus,
			Virtual: &productcatalog.PublicCatalogProductPropertiesHardwareCPUVirtual{Count: t.Ncpus},
		},
		RAM: &productcatalog.PublicCatalogProductPropertiesHardwareRAM{
			Description: fmt.Sprintf("%d GiB", t.RAM>>30), Size: scw.Size(t.RAM),
		},
		Storage: &productcatalog.PublicCatalogProductPropertiesHardwareStorage{Description: "Block"},
		Network: &productcatalog.PublicCatalogProductPropertiesHardwareNetwork{
			Description:       fmt.Sprintf("Internal: %d Mb/s, Public: %d Mb/s", internal/1e6, internet/1e6),
			InternalBandwidth: internal, PublicBandwidth: internet, MaxPublicBandwidth: internet,
		},
	}
	if t.GpuInfo != nil {
		hardware.Gpu = &productcatalog.PublicCatalogProductPropertiesHardwareGPU{
			Description: fmt.Sprintf("%d x %s", *t.Gpu, t.GpuInfo.GpuName), Count: uint32(*t.Gpu), Type: t.GpuInfo.GpuName,
		}
	}
	return &product{sold: t, PublicCatalogProduct: productcatalog.PublicCatalogProduct{
		ServiceCategory: "Compute", ProductCategory: "Instance", Product: t.name + " Instance",
		Price: &productcatalog.PublicCatalogProductPrice{
			RetailPrice: scw.NewMoneyFromFloat(float64(t.HourlyPrice), "EUR", 4),
		},
		UnitOfMeasure: &productcatalog.PublicCatalogProductUnitOfMeasure{
			Unit: productcatalog.PublicCatalogProductUnitOfMeasureCountableUnitHour, Size: 1,
		},
		Properties: &productcatalog.PublicCatalogProductProperties{Hardware: hardware,
			Instance: &productcatalog.PublicCatalogProductPropertiesInstance{
				OfferID: t.name, RecommendedReplacementOfferIDs: []string{},
			}},
		Status: productcatalog.PublicCatalogProductStatusGeneralAvailability,
		Badges: []productcatalog.PublicCatalogProductProductBadge{},
	}}
}

// shown is the product as the API answers it for a zone. A status follows a date that has come.
func (p *product) shown(zone scw.Zone, now time.Time) *productcatalog.PublicCatalogProduct {
	shown := p.PublicCatalogProduct
	key := strings.ToLower(strings.ReplaceAll(p.sold.name, "-", "_"))
	shown.Sku = fmt.Sprintf("/compute/%s/run_%s", key, zone)
	shown.Variant = fmt.Sprintf("Compute %s - %s", p.Product, zone)
	shown.Description = fmt.Sprintf("%s (%.4f€ per hour)", shown.Variant, p.sold.HourlyPrice)
	shown.Locality = &productcatalog.PublicCatalogProductLocality{Zone: &zone}
	order := productcatalog.PublicCatalogProductStatus("").Values()
	for _, due := range []struct {
		at *time.Time
		is productcatalog.PublicCatalogProductStatus
	}{
		{
			p.EndOfGrowthAt, productcatalog.PublicCatalogProductStatusEndOfGrowth,
		}, {p.EndOfSaleAt, productcatalog.PublicCatalogProductStatusEndOfSale},
		{p.EndOfLifeAt, productcatalog.PublicCatalogProductStatusEndOfLife},
	} {
		if due.at != nil && !now.Before(*due.at) && slices.Index(order, shown.Status) < slices.Index(order, due.is) {
			shown.Status = due.is
		}
	}
	return &shown
}

// routeProductCatalog has the one endpoint that needs no token; one that is sent is not looked at.
func (s *Server) routeProductCatalog() {
	s.mux.HandleFunc("GET /product-catalog/v2alpha1/public-catalog/products", func(
		w http.ResponseWriter, r *http.Request,
	) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client is gone
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle()
		value, err := s.listProducts(&call{Request: r})
		write(w, value, err)
	})
}

// listProducts takes at most one of the four localities, none being all, as the API's own examples do. Whether a region
// of the real API has the products of its zones, too, is not known: here it has none, as each is sold in a zone.
func (s *Server) listProducts(c *call) (any, error) {
	f := c.filters()
	localities := slices.DeleteFunc(
		[]string{"global", "region", "zone", "datacenter"}, func(name string) bool { return len(f.values(name)) == 0 },
	)
	if len(localities) > 1 {
		return nil, errInvalid(localities[1], "constraint", "at most one of global, region, zone and datacenter can be set")
	}
	known := productcatalog.ListPublicCatalogProductsRequestProductType("").Values()
	for _, kind := range f.values("product_types") {
		if !slices.Contains(known, productcatalog.ListPublicCatalogProductsRequestProductType(kind)) {
			return nil, errInvalid("product_types", "constraint", fmt.Sprintf("%q is no product type", kind))
		}
	}
	found := []*productcatalog.PublicCatalogProduct{}
	for _, zone := range scw.AllZones {
		if len(localities) > 0 && (localities[0] != "zone" || !f.is("zone", zone.String())) || !f.is(
			"product_types", "instance",
		) {
			continue
		}
		for _, p := range s.products.list(func(p *product) bool { return p.sold.in(zone) && f.is("api_ids", p.sold.name) }) {
			if shown := p.shown(zone, s.now()); f.is("status", shown.Status.String()) {
				found = append(found, shown)
			}
		}
	}
	page, total := paged(c, found)
	return map[string]any{"products": page, "total_count": total}, nil
}
