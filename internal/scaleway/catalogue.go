package scaleway

import (
	"context"
	"slices"
	"strings"

	productcatalog "github.com/scaleway/scaleway-sdk-go/api/product_catalog/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// InstanceProducts returns the entries of the public product catalogue for Instance types in a zone. types are names in
// the catalogue's spelling, such as "POP2-2C-8G"; types that the catalogue lacks are left out. The result is cached per
// zone and set of types. Filtering by types keeps the response to one page. The API requires no permission. Source: GET
// /product-catalog/v2alpha1/public-catalog/products.
func (c *Client) InstanceProducts(
	ctx context.Context, zone scw.Zone, types []string,
) ([]*productcatalog.PublicCatalogProduct, error) {
	names := slices.Compact(slices.Sorted(slices.Values(types)))
	return c.cached.products.get(ctx, zonalKey{
		zone, strings.Join(names, " "),
	}, func(ctx context.Context) ([]*productcatalog.PublicCatalogProduct, error) {
		ctx, call := startCall(ctx, "list", "products of the catalogue", "", zone)
		list, err := c.productAPI.ListPublicCatalogProducts(
			&productcatalog.PublicCatalogAPIListPublicCatalogProductsRequest{
				ProductTypes: []productcatalog.ListPublicCatalogProductsRequestProductType{
					productcatalog.ListPublicCatalogProductsRequestProductTypeInstance,
				},
				Zone: &zone, APIIDs: names,
			},
			allPages(ctx)...)
		if err != nil {
			return nil, call.wrapError(err)
		}
		return slices.DeleteFunc(list.Products, func(p *productcatalog.PublicCatalogProduct) bool {
			return p == nil || p.Properties == nil || p.Properties.Instance == nil
		}), nil
	}, keepAlways)
}
