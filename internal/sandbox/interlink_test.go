package sandbox

import (
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/interlink/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestInterlink(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := interlink.NewAPI(k.client)
	pops, err := api.ListPops(&interlink.ListPopsRequest{}, scw.WithAllPages())
	if err != nil || pops.TotalCount != 0 {
		t.Errorf("%+v, %v", pops, err)
	}
	links, err := api.ListLinks(&interlink.ListLinksRequest{})
	if err != nil || links.Links == nil || links.TotalCount != 0 {
		t.Errorf("%+v, %v", links, err)
	}
	if _, err := api.GetLink(&interlink.GetLinkRequest{LinkID: ProjectID}); err == nil {
		t.Error("an unknown link was found")
	}
}
