package contractsignatures

import (
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
)

func TestNewSignatures(t *testing.T) {
	t.Parallel()
	started, signed := time.Date(2026, 1, 14, 9, 0, 0, 0, time.UTC), time.Date(
		2026, 1, 15, 10, 0, 0, 0, time.FixedZone("CET", 3600),
	)
	later := started.Add(time.Hour)
	got := newSignatures([]*account.ContractSignature{
		{ID: "b", CreatedAt: &later},
		{
			ID: "a", CreatedAt: &started, SignedAt: &signed, Contract: &account.Contract{
				ID: "c", Type: account.ContractTypeContainer, Name: "hds", Version: 3,
			},
		},
	})
	if len(got) != 2 || got[0].ID != "a" || got[1].ID != "b" {
		t.Fatalf("signatures are not sorted by age: %+v", got)
	}
	one := got[0]
	if *one.ContractID != "c" || *one.ContractType != "container" || *one.ContractName != "hds" ||
		*one.ContractVersion != 3 {
		t.Errorf("got %+v", one)
	}
	if one.CreatedAt.ValueString() != "2026-01-14T09:00:00Z" || one.SignedAt.ValueString() != "2026-01-15T09:00:00Z" ||
		!one.ExpiresAt.IsNull() {
		t.Errorf("got %s, %s, %s", one.CreatedAt, one.SignedAt, one.ExpiresAt)
	}
	if got[1].ContractName != nil || !got[1].SignedAt.IsNull() {
		t.Errorf("signature without contract: %+v", got[1])
	}
	if none := newSignatures(nil); none == nil {
		t.Error("no signatures become null in place of an empty list")
	}
}
