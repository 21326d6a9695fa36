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

// product is a product of the public catalogue. The sandbox has Instance types only, and one object per type for all
// zones: `objects/products/GP1-XS`. Responses fill in the locality and the names that include the zone.
type product struct {
	productcatalog.PublicCatalogProduct

	serverType *serverType
}

// retirement is the status and the dates of a family of types whose support ends. The API has them for each type, but
// no recording shows their current values: families and dates are the sandbox's choice, with one family per stage.
type retirement struct {
	prefix                            string
	status                            productcatalog.PublicCatalogProductStatus
	endOfGrowth, endOfSale, endOfLife string
}

func retirements() []retirement {
	families := []retirement{
		// An older general-purpose family: existing customers can order it, until a date that tests can reach.
		{"GP1-", productcatalog.PublicCatalogProductStatusEndOfGrowth, "2026-07-01", "2027-03-31", "2028-03-31"},
		// At its end of sale according to the documentation: it still runs, but cannot be ordered.
		{"COPARM1-", productcatalog.PublicCatalogProductStatusEndOfSale, "2025-12-31", "2026-06-30", "2027-06-30"},
		// A status without dates, which the API allows.
		{"PRO2-", productcatalog.PublicCatalogProductStatusEndOfNewFeatures, "", "", ""},
	}
	// The families that `products/servers` marks as out of service.
	for _, prefix := range []string{"START1-", "VC1", "X64-"} {
		families = append(
			families,
			retirement{prefix, productcatalog.PublicCatalogProductStatusEndOfLife, "", "", "2024-12-31"},
		)
	}
	return families
}

// newProducts returns the catalogue by type name, in the order of the names.
func newProducts() *collection[product] {
	all := newCollection[product]()
	types := newServerTypes()
	for _, t := range types {
		p := newProduct(t)
		for _, family := range retirements() {
			if strings.HasPrefix(t.name, family.prefix) {
				p.Status = family.status
				p.EndOfGrowthAt, p.EndOfSaleAt, p.EndOfLifeAt = parseOptionalDate(
					family.endOfGrowth,
				), parseOptionalDate(family.endOfSale), parseOptionalDate(family.endOfLife)
			}
		}
		all.put(t.name, p)
	}
	for _, p := range all.list(
		func(p *product) bool { return p.Status != productcatalog.PublicCatalogProductStatusGeneralAvailability },
	) {
		for _, other := range all.list(nil) {
			if other.isReplacementFor(p) {
				p.Properties.Instance.RecommendedReplacementOfferIDs = append(
					p.Properties.Instance.RecommendedReplacementOfferIDs, other.serverType.name,
				)
			}
		}
	}
	return all
}

// parseOptionalDate parses a day, and returns nil for an empty text.
func parseOptionalDate(day string) *time.Time {
	if day == "" {
		return nil
	}
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return &at
}

// isReplacementFor reports whether a type is a recommended replacement for another one: generally available and of the
// same size.
func (p *product) isReplacementFor(old *product) bool {
	a, b := p.serverType, old.serverType
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
			Description: fmt.Sprintf(
				"%d x %s", *t.Gpu, t.GpuInfo.GpuName,
			), Count: uint32(*t.Gpu), Type: t.GpuInfo.GpuName,
		}
	}
	return &product{serverType: t, PublicCatalogProduct: productcatalog.PublicCatalogProduct{
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

// forZone returns the product as the API returns it for a zone at a time. Its status depends on which dates have
// passed.
func (p *product) forZone(zone scw.Zone, now time.Time) *productcatalog.PublicCatalogProduct {
	answer := p.PublicCatalogProduct
	key := strings.ToLower(strings.ReplaceAll(p.serverType.name, "-", "_"))
	answer.Sku = fmt.Sprintf("/compute/%s/run_%s", key, zone)
	answer.Variant = fmt.Sprintf("Compute %s - %s", p.Product, zone)
	answer.Description = fmt.Sprintf("%s (%.4f€ per hour)", answer.Variant, p.serverType.HourlyPrice)
	answer.Locality = &productcatalog.PublicCatalogProductLocality{Zone: &zone}
	order := productcatalog.PublicCatalogProductStatus("").Values()
	for _, due := range []struct {
		at     *time.Time
		status productcatalog.PublicCatalogProductStatus
	}{
		{
			p.EndOfGrowthAt, productcatalog.PublicCatalogProductStatusEndOfGrowth,
		}, {p.EndOfSaleAt, productcatalog.PublicCatalogProductStatusEndOfSale},
		{p.EndOfLifeAt, productcatalog.PublicCatalogProductStatusEndOfLife},
	} {
		if due.at != nil && !now.Before(*due.at) && slices.Index(order, answer.Status) < slices.Index(order,
			due.status) {
			answer.Status = due.status
		}
	}
	return &answer
}

// routeProductCatalog registers the only endpoint that needs no token. It ignores a token in the request.
func (s *Server) routeProductCatalog() {
	s.mux.HandleFunc("GET /product-catalog/v2alpha1/public-catalog/products", func(
		w http.ResponseWriter, r *http.Request,
	) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client disconnected
		}
		s.answer(w, func() (any, error) { return s.listProducts(&call{Request: r}) })
	})
}

// listProducts accepts at most one of the four localities. Without one it returns all products, as in the API's
// examples. Whether the real API returns the products of its zones for a region is not known. The sandbox returns none,
// because every product belongs to a zone.
func (s *Server) listProducts(c *call) (any, error) {
	f := c.filters()
	localities := slices.DeleteFunc(
		[]string{"global", "region", "zone", "datacenter"}, func(name string) bool { return len(f.values(name)) == 0 },
	)
	if len(localities) > 1 {
		return nil, errInvalid(localities[1], "constraint", "at most one of global, region, zone and datacenter can "+
			"be set")
	}
	known := productcatalog.ListPublicCatalogProductsRequestProductType("").Values()
	for _, kind := range f.values("product_types") {
		if !slices.Contains(known, productcatalog.ListPublicCatalogProductsRequestProductType(kind)) {
			return nil, errInvalid("product_types", "constraint", fmt.Sprintf("%q is not a product type", kind))
		}
	}
	found := []*productcatalog.PublicCatalogProduct{}
	for _, zone := range scw.AllZones {
		if len(localities) > 0 && (localities[0] != "zone" || !f.matches("zone", zone.String())) || !f.matches(
			"product_types", "instance",
		) {
			continue
		}
		for _, p := range s.products.list(
			func(p *product) bool { return p.serverType.existsIn(zone) && f.matches("api_ids", p.serverType.name) },
		) {
			if answer := p.forZone(zone, s.now()); f.matches("status", answer.Status.String()) {
				found = append(found, answer)
			}
		}
	}
	page, total := paginate(c, found)
	return map[string]any{"products": page, "total_count": total}, nil
}
