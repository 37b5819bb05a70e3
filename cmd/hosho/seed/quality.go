package seed

import (
	"context"
	"time"

	"hosho/models"
)

// tellQuality has decisions looked at a second time: one waits, one is being looked at, one agrees,
// and one differs and is to be talked through.
func (st *story) tellQuality() {
	st.secondLook("HS-1019", d(15), nil)
	st.secondLook("HS-1036", d(14), st.agent, &models.TakeQualityInput{})
	st.secondLook("HS-1170", d(12)+h(12), st.agent2, &models.TakeQualityInput{}, &models.SubmitQualityInput{
		Outcome: "denied", ReasonCode: "evidence_insufficient", Facts: "写真だけでは、動くかどうかが分からない。",
	})
	st.secondLook("HS-1029", d(12), st.agent2, &models.TakeQualityInput{}, &models.SubmitQualityInput{
		Outcome: "granted", ReasonCode: "not_as_described", Facts: "外箱の状態が、商品の説明の写真と違う。",
	})
}

// secondLook has a lead pick a decision, and somebody do these things about it.
func (st *story) secondLook(order string, ago time.Duration, who func(string) models.Actor, inputs ...models.QualityInput) {
	st.at(ago, "second look at "+order, func(ctx context.Context) error {
		r, err := st.s.PickQuality(ctx, st.people.Leads[0].Actor(), st.claims[order])
		for _, in := range inputs {
			if err == nil {
				_, err = st.s.ActQuality(ctx, who(order), r.Number, in)
			}
		}
		return err
	})
}
