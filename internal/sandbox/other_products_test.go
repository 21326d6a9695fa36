package sandbox

import (
	"errors"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/applesilicon/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/baremetal/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// TestOtherProducts reads what clients look for in products of which the sandbox has no objects.
func TestOtherProducts(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	servers := baremetal.NewAPI(k.client)
	for _, zone := range scw.AllZones { // as the cloud controller manager does
		found, err := servers.ListServers(&baremetal.ListServersRequest{Zone: zone}, scw.WithAllPages())
		if err != nil || found.TotalCount != 0 {
			t.Errorf("%s: %+v, %v", zone, found, err)
		}
	}
	var notFound *scw.ResourceNotFoundError
	if _, err := servers.GetServer(
		&baremetal.GetServerRequest{Zone: scw.ZoneFrPar1, ServerID: ProjectID},
	); !errors.As(err, &notFound) || notFound.Resource != "server" {
		t.Errorf("an unknown server: %v", err)
	}
	networks, err := applesilicon.NewPrivateNetworkAPI(k.client).ListServerPrivateNetworks(
		&applesilicon.PrivateNetworkAPIListServerPrivateNetworksRequest{
			Zone: scw.ZoneFrPar3, PrivateNetworkID: scw.StringPtr(PrivateNetworkID),
		},
	)
	if err != nil || networks.ServerPrivateNetworks == nil {
		t.Errorf("%+v, %v", networks, err)
	}
}

func TestOtherProductsPermissions(t *testing.T) {
	t.Parallel()
	for _, product := range otherProducts() {
		t.Run(product.permissions, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, Options{})
			_, _, unprivileged := newApplicationKey(r, "KubernetesFullAccess")
			_, _, reader := newApplicationKey(r, product.permissions+"ReadOnly")
			_, _, readerOfAll := newApplicationKey(r, "AllProductsReadOnly")
			for _, kind := range product.kinds {
				path := strings.NewReplacer("{zone}", "fr-par-1", "{region}", "fr-par").Replace(kind.path)
				r.token = unprivileged
				r.call(403, "GET", path, "")
				for _, r.token = range []string{reader, readerOfAll} {
					expectJSON(t, []any{}, r.call(200, "GET", path, ""), kind.list)
				}
			}
		})
	}
}
