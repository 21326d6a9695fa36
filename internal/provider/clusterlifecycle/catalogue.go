package clusterlifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	productcatalog "github.com/scaleway/scaleway-sdk-go/api/product_catalog/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// externalType is the node type of pools whose machines Scaleway does not host.
const externalType = "external"

// nodeTypeSales holds the entries of the product catalogue for node types.
type nodeTypeSales struct {
	types map[nodeTypeKey]*lifecycle.Sale
	// unavailable is the reason why the catalogue of a zone is unavailable, a phrase without a subject.
	unavailable map[scw.Zone]string
}

// nodeTypeKey is the key of sales: a node type, in the catalogue's spelling, in a zone.
type nodeTypeKey struct {
	zone scw.Zone
	name string
}

func newNodeTypeKey(p *k8s.Pool) nodeTypeKey {
	return nodeTypeKey{p.Zone, compliance.NormalizeNodeType(p.NodeType)}
}

// readSales reads the node types of the pools from the catalogue, with one request per zone. If the catalogue is
// unavailable, the end of sale is unknown, with a warning; this is not an error.
func (d *dataSource) readSales(ctx context.Context, pools []*k8s.Pool, diags *diag.Diagnostics) (nodeTypeSales, error) {
	s := nodeTypeSales{types: map[nodeTypeKey]*lifecycle.Sale{}, unavailable: map[scw.Zone]string{}}
	names := map[scw.Zone][]string{}
	for _, p := range pools {
		if p.NodeType != externalType {
			key := newNodeTypeKey(p)
			names[key.zone] = append(names[key.zone], key.name)
		}
	}
	zones := []scw.Zone{}
	for zone := range names {
		zones = append(zones, zone)
	}
	slices.Sort(zones)
	for _, zone := range zones {
		products, err := d.provider.API.InstanceProducts(ctx, zone, names[zone])
		if reason, ok := unavailableReason(zone, err); ok {
			s.unavailable[zone] = reason
			tfkit.AddAPIWarning(diags, "The end of sale of node types is unknown", err)
			continue
		}
		if err != nil {
			return s, err
		}
		for _, product := range products {
			s.types[nodeTypeKey{
				zone, compliance.NormalizeNodeType(product.Properties.Instance.OfferID),
			}] = newSale(product)
		}
	}
	return s, nil
}

// unavailableReason returns the reason why the catalogue of a zone is unavailable. It returns false for errors that a
// later run may not have.
func unavailableReason(zone scw.Zone, err error) (string, bool) {
	var answer *scaleway.APIError
	if !errors.As(err, &answer) || !slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusNotImplemented,
	}, answer.Status) {
		return "", false
	}
	return fmt.Sprintf(
		"cannot be looked up: the product catalogue of %s responds with HTTP %d", zone, answer.Status,
	), true
}

func newSale(p *productcatalog.PublicCatalogProduct) *lifecycle.Sale {
	deref := func(at *time.Time) time.Time {
		if at == nil {
			return time.Time{}
		}
		return *at
	}
	return &lifecycle.Sale{
		Status: p.Status.String(), EndOfGrowthAt: deref(p.EndOfGrowthAt), EndOfSaleAt: deref(p.EndOfSaleAt),
		EndOfLifeAt:  deref(p.EndOfLifeAt),
		Replacements: slices.Sorted(slices.Values(p.Properties.Instance.RecommendedReplacementOfferIDs)),
	}
}

// lookup returns the catalogue entry of a pool's node type, or the reason why there is none.
func (s nodeTypeSales) lookup(p *k8s.Pool) (*lifecycle.Sale, string) {
	if reason, ok := s.unavailable[p.Zone]; ok {
		return nil, reason
	}
	if found, ok := s.types[newNodeTypeKey(p)]; ok {
		return found, ""
	}
	return nil, fmt.Sprintf("is not in the product catalogue of %s", p.Zone)
}
