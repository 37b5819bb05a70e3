package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"hosho/models"
	"hosho/storage/storagetest"
)

// A legal hold that a lead sets is one of the objects too where the bucket has Object Lock, so that not even the
// portal's own credentials destroy them; it is lifted with the lead's.
func TestLegalHoldInTheBucket(t *testing.T) {
	address := storagetest.S3Locked(t)
	client, bucket := storagetest.Client(t, address)
	h := openHouse(t, address, "")
	u, err := h.ReceiveUpload(t.Context(), fileBuyer, models.ReceiveUpload{FileName: "a.png"}, bytes.NewReader(photo(t)))
	if err != nil {
		t.Fatal(err)
	}
	price, line, day := int64(3000), 1, func(n int) string { return time.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	_, _, err = h.PutOrder(t.Context(), fileSystem, models.OrderInput{
		Number: "A-1", Buyer: models.BuyerInput{ID: "mp-b-1", Email: fileBuyer.Email}, PlacedAt: day(-30) + "T10:00:00Z", Currency: "JPY",
		Lines: []models.LineInput{{
			Line: 1, Seller: models.SellerRef{ID: "mp-s-1"}, Title: "lamp", Quantity: 1, UnitPrice: &price, Status: models.Shipped,
			EstimatedDelivery: &models.EstimateInput{Earliest: day(-12), Latest: day(-10)},
		}},
		Payments: []models.PaymentInput{{Tender: "credit_card", Amount: &price}},
	})
	if err == nil {
		_, err = h.SendMessage(t.Context(), fileBuyer, models.SendMessage{OrderNumber: "A-1", Line: 1, Body: "It is broken.", Topic: models.DamagedOrDefective})
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.FileClaim(t.Context(), fileBuyer, models.FileClaim{
		OrderNumber: "A-1", Line: &line, Reason: models.DamagedOrDefective, Description: "It is broken.", DesiredOutcome: models.WantsRefund, Schedule: true, Evidence: []string{u.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	lead := models.Actor{Role: models.RoleLead, AccountID: "lead", Email: "lead@example.com"}
	objects, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil || len(objects.Contents) != 3 {
		t.Fatalf("%d objects, %v", len(objects.Contents), err)
	}
	for _, step := range []struct {
		in   models.ActionInput
		want types.ObjectLockLegalHoldStatus
	}{
		{&models.LegalHoldInput{Reason: "A lawsuit."}, types.ObjectLockLegalHoldStatusOn}, {&models.LiftLegalHoldInput{Reason: "Settled."}, types.ObjectLockLegalHoldStatusOff},
	} {
		if _, err := h.Act(t.Context(), lead, c.Number, step.in); err != nil {
			t.Fatal(err)
		}
		if n, err := h.HoldFiles(t.Context(), 10); n != 1 || err != nil {
			t.Fatalf("told of %d files, %v", n, err)
		}
		for _, o := range objects.Contents {
			got, err := client.GetObjectLegalHold(t.Context(), &s3.GetObjectLegalHoldInput{Bucket: &bucket, Key: o.Key})
			if err != nil || got.LegalHold.Status != step.want {
				t.Errorf("%s: %+v, %v; want %s", *o.Key, got, err, step.want)
			}
		}
	}
}
