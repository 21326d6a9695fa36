package scaleway

import (
	"context"
	"slices"
	"strings"

	productcatalog "github.com/scaleway/scaleway-sdk-go/api/product_catalog/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// InstanceProducts returns what the public product catalogue says of Instance types in a zone, by their names in the
// catalogue's spelling ("POP2-2C-8G"); a type that it does not have is left out. Asked once per process for a zone and
// a set of types, in any order: as a few types are asked for, the answer is one page. The API needs no permission.
// Source: GET /product-catalog/v2alpha1/public-catalog/products.
func (c *Client) InstanceProducts(
	ctx context.Context, zone scw.Zone, types []string,
) ([]*productcatalog.PublicCatalogProduct, error) {
	wanted := slices.Compact(slices.Sorted(slices.Values(types)))
	return c.facts.products.get(ctx, zonal{
		zone, strings.Join(wanted, " "),
	}, func(ctx context.Context) ([]*productcatalog.PublicCatalogProduct, error) {
		ctx, called := begin(ctx, "list", "products of the catalogue", "", zone)
		list, err := c.products.ListPublicCatalogProducts(&productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest{
			ProductTypes: []productcatalog.ListPublicCatalogProductsRequestProductType{
				productcatalog.ListPublicCatalogProductsRequestProductTypeInstance,
			},
			Zone: &zone, APIIDs: wanted,
		}, allPages(ctx)...)
		if err != nil {
			return nil, called.fail(err)
		}
		return slices.DeleteFunc(list.Products, func(p *productcatalog.PublicCatalogProduct) bool {
			return p == nil || p.Properties == nil || p.Properties.Instance == nil
		}), nil
	}, always)
}
