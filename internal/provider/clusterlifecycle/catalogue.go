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

// externalType is the node type of a pool whose machines are outside Scaleway.
const externalType = "external"

// sales is what the catalogue says of node types.
type sales struct {
	types map[sold]*lifecycle.Sale
	// missing is why a zone could not be asked about, a clause without subject.
	missing map[scw.Zone]string
}

// sold is a node type, in the catalogue's spelling, in a zone.
type sold struct {
	zone scw.Zone
	name string
}

func soldAs(p *k8s.Pool) sold { return sold{p.Zone, compliance.NormalizeNodeType(p.NodeType)} }

// sales asks the catalogue for the node types of the pools: one request a zone. That the catalogue is closed or gone
// makes the end of sale unknown, with a warning, and is no error.
func (d *dataSource) sales(ctx context.Context, pools []*k8s.Pool, diags *diag.Diagnostics) (sales, error) {
	s := sales{types: map[sold]*lifecycle.Sale{}, missing: map[scw.Zone]string{}}
	wanted := map[scw.Zone][]string{}
	for _, p := range pools {
		if p.NodeType != externalType {
			as := soldAs(p)
			wanted[as.zone] = append(wanted[as.zone], as.name)
		}
	}
	zones := []scw.Zone{}
	for zone := range wanted {
		zones = append(zones, zone)
	}
	slices.Sort(zones)
	for _, zone := range zones {
		products, err := d.provider.API.InstanceProducts(ctx, zone, wanted[zone])
		if reason, closed := withoutCatalogue(zone, err); closed {
			s.missing[zone] = reason
			tfkit.FailedLater(diags, "The end of sale of node types is unknown", err)
			continue
		}
		if err != nil {
			return s, err
		}
		for _, product := range products {
			s.types[sold{zone, compliance.NormalizeNodeType(product.Properties.Instance.OfferID)}] = sale(product)
		}
	}
	return s, nil
}

// withoutCatalogue tells whether an answer means that there is no catalogue to be had, which the next run will not
// change.
func withoutCatalogue(zone scw.Zone, err error) (string, bool) {
	var answer *scaleway.APIError
	if !errors.As(err, &answer) || !slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusNotImplemented,
	}, answer.Status) {
		return "", false
	}
	return fmt.Sprintf("cannot be looked up: the product catalogue of %s answers HTTP %d", zone, answer.Status), true
}

func sale(p *productcatalog.PublicCatalogProduct) *lifecycle.Sale {
	read := func(at *time.Time) time.Time {
		if at == nil {
			return time.Time{}
		}
		return *at
	}
	return &lifecycle.Sale{
		Status: p.Status.String(), EndOfGrowthAt: read(p.EndOfGrowthAt), EndOfSaleAt: read(p.EndOfSaleAt),
		EndOfLifeAt:  read(p.EndOfLifeAt),
		Replacements: slices.Sorted(slices.Values(p.Properties.Instance.RecommendedReplacementOfferIDs)),
	}
}

// of is what is known of the node type of a pool, or why nothing is.
func (s sales) of(p *k8s.Pool) (*lifecycle.Sale, string) {
	if reason, ok := s.missing[p.Zone]; ok {
		return nil, reason
	}
	if found, ok := s.types[soldAs(p)]; ok {
		return found, ""
	}
	return nil, fmt.Sprintf("is not in the product catalogue of %s", p.Zone)
}
