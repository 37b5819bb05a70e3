package seed

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"hosho/models"
	"hosho/models/calendar"
)

type person struct{ id, name, mail, locale string }

type shop struct{ id, name, locale, member, mail string }

var buyers = []person{
	{"mp-b-1001", "佐藤 花子", "hanako@example.com", "ja"},
	{"mp-b-1002", "田中 健", "tanaka@example.com", "ja"},
	{"mp-b-1003", "Emma Wilson", "emma@example.com", "en"},
	{"mp-b-1004", "鈴木 一郎", "suzuki@example.com", "ja"},
	{"mp-b-1005", "小林 直樹", "kobayashi@example.com", "ja"},
}

var sellers = []shop{
	{"mp-s-aoba", "青葉雑貨店", "ja", "青葉 さくら", "aoba@shop.example"},
	{"mp-s-kita", "北町家電", "ja", "北野 誠", "kitamachi@shop.example"},
	{"mp-s-hoshi", "星野書房", "ja", "星野 光", "hoshino@shop.example"},
	{"mp-s-umi", "海風フーズ", "ja", "浜田 海", "umikaze@shop.example"},
	{"mp-s-leaf", "Maple Leaf Studio", "en", "Olivia Hart", "hart@shop.example"},
}

// sample is an order of the sample marketplace. Days count from today: -10 is ten days ago.
type sample struct {
	number    string
	buyer     int
	seller    int
	title     string
	price     int64 // yen, tax included
	shipping  int64
	placed    int
	latest    int // latest estimated delivery
	shipped   int // 0: not shipped
	scanned   bool
	delivered int // 0: not delivered
	exception string
	cancelled int // days ago as a negative number; by the seller for stock-out
	by        models.Fulfilment
	digital   bool
	tenders   []models.PaymentInput
	refunded  bool   // the cancellation was refunded
	currency  string // yen where it is not said
}

func tender(t models.Tender, amount int64) models.PaymentInput {
	return models.PaymentInput{Tender: t, Amount: &amount}
}

// authorised is a payment that was never taken.
func authorised(t models.Tender, amount int64) models.PaymentInput {
	captured := false
	return models.PaymentInput{Tender: t, Amount: &amount, Captured: &captured}
}

var samples = []sample{
	// On their way, early and late.
	{number: "HS-1001", buyer: 0, seller: 0, title: "折りたたみデスクライト", price: 12_300, shipping: 500, placed: -20, latest: -12, shipped: -18, scanned: true},
	{number: "HS-1002", buyer: 0, seller: 1, title: "ワイヤレスイヤホン ケース付き", price: 8_900, placed: -3, latest: 4},
	{number: "HS-1003", buyer: 0, seller: 2, title: "旅する活版印刷 第2版", price: 2_640, shipping: 350, placed: -13, latest: -6, shipped: -11, scanned: true},
	{number: "HS-1004", buyer: 0, seller: 3, title: "有明海苔 詰め合わせ 12袋", price: 3_980, placed: -16, latest: -9, shipped: -13, delivered: -10, scanned: true},
	{number: "HS-1005", buyer: 0, seller: 0, title: "陶器のマグカップ 2個組", price: 4_200, shipping: 600, placed: -30, latest: -22, shipped: -27, delivered: -23, scanned: true},
	{number: "HS-1006", buyer: 0, seller: 1, title: "電気ケトル 0.8L", price: 5_480, placed: -12, latest: -5, cancelled: -8},
	{number: "HS-1007", buyer: 0, seller: 1, title: "卓上加湿器", price: 6_200, placed: -25, latest: -18, cancelled: -21, refunded: true},
	{number: "HS-1008", buyer: 0, seller: 2, title: "電子書籍「朝の台所」", price: 1_320, placed: -6, latest: -6, delivered: -6, digital: true},
	{number: "HS-1009", buyer: 0, seller: 0, title: "運営者倉庫から発送のタオルセット", price: 3_300, placed: -15, latest: -10, shipped: -13, scanned: true, by: models.ByMarketplace},
	{number: "HS-1010", buyer: 0, seller: 0, title: "直営の収納ボックス", price: 2_980, placed: -15, latest: -10, shipped: -13, scanned: true, by: models.FirstParty},
	// Near and past the two deadlines.
	{number: "HS-1011", buyer: 0, seller: 3, title: "干物セット 8枚", price: 4_800, placed: -98, latest: -89, shipped: -95, scanned: true},
	{number: "HS-1012", buyer: 0, seller: 3, title: "ちりめんじゃこ 500g", price: 2_900, placed: -110, latest: -96, shipped: -104, scanned: true},
	{number: "HS-1013", buyer: 0, seller: 2, title: "古書「港町の地図」", price: 7_700, placed: -97, latest: -84, shipped: -92, scanned: true},
	// One parcel with two lines, and several tenders.
	{
		number: "HS-1014", buyer: 1, seller: 0, title: "木製まな板 大", price: 5_800, shipping: 700, placed: -22, latest: -14, shipped: -19, scanned: true,
		tenders: []models.PaymentInput{tender("credit_card", 3_500), tender("points", 1_000), tender("gift_card", 2_000)},
	},
	{number: "HS-1015", buyer: 1, seller: 1, title: "掃除機 コードレス", price: 32_800, placed: -24, latest: -16, shipped: -21, scanned: true, tenders: []models.PaymentInput{tender("convenience_store", 32_800)}},
	{number: "HS-1016", buyer: 1, seller: 1, title: "空気清浄機 18畳用", price: 128_000, shipping: 1_500, placed: -26, latest: -18, shipped: -23, delivered: -19, scanned: true},
	{number: "HS-1017", buyer: 1, seller: 3, title: "蜂蜜 国産 1kg", price: 6_480, placed: -28, latest: -20, shipped: -25, delivered: -21, scanned: true, tenders: []models.PaymentInput{tender("credit_card", 5_480), tender("points", 1_000)}},
	{number: "HS-1018", buyer: 1, seller: 2, title: "写真集「冬の灯」", price: 4_950, placed: -35, latest: -27, shipped: -32, delivered: -28, scanned: true, tenders: []models.PaymentInput{tender("cash_on_delivery", 4_950)}},
	{number: "HS-1019", buyer: 1, seller: 0, title: "壁掛け時計", price: 9_800, placed: -40, latest: -30, shipped: -37, scanned: true, tenders: []models.PaymentInput{tender("carrier_billing", 9_800)}},
	{number: "HS-1020", buyer: 1, seller: 3, title: "詰め合わせギフト", price: 5_400, placed: -14, latest: -8, shipped: -12, scanned: true, exception: "returned"},
	// Emma's, in English.
	{number: "HS-1021", buyer: 2, seller: 4, title: "Hand-thrown teapot", price: 14_500, shipping: 1_200, placed: -27, latest: -19, shipped: -24, scanned: true},
	{number: "HS-1022", buyer: 2, seller: 4, title: "Linen apron, indigo", price: 7_600, placed: -33, latest: -25, shipped: -30, delivered: -26, scanned: true},
	{number: "HS-1023", buyer: 2, seller: 4, title: "Set of four coasters", price: 3_200, placed: -31, latest: -23, shipped: -28, delivered: -24, scanned: true, tenders: []models.PaymentInput{tender("debit_card", 3_200)}},
	{number: "HS-1024", buyer: 2, seller: 0, title: "折りたたみ傘", price: 3_900, placed: -29, latest: -21, shipped: -26},
	{number: "HS-1025", buyer: 2, seller: 1, title: "USB-C charger 65 W", price: 4_380, placed: -21, latest: -13, shipped: -18, scanned: true, exception: "undeliverable"},
	{number: "HS-1026", buyer: 2, seller: 2, title: "Kyoto in four seasons", price: 5_280, placed: -2, latest: 6, tenders: []models.PaymentInput{tender("wallet", 5_280)}},
	// Suzuki's.
	{number: "HS-1027", buyer: 3, seller: 1, title: "炊飯器 5.5合", price: 24_800, placed: -23, latest: -15, shipped: -20, scanned: true},
	{number: "HS-1028", buyer: 3, seller: 0, title: "アロマキャンドル", price: 2_750, placed: -34, latest: -26, shipped: -31, scanned: true, tenders: []models.PaymentInput{tender("coupon", 500), tender("credit_card", 2_250)}},
	{number: "HS-1029", buyer: 3, seller: 2, title: "辞典 全3巻", price: 18_700, placed: -32, latest: -24, shipped: -29, delivered: -25, scanned: true},
	{number: "HS-1030", buyer: 3, seller: 3, title: "冷凍餃子 60個", price: 4_320, placed: -18, latest: -11, shipped: -16, delivered: -12, scanned: true},
	{number: "HS-1031", buyer: 3, seller: 1, title: "電動歯ブラシ", price: 7_980, placed: -19, latest: -11, shipped: -16, scanned: true},
	{number: "HS-1032", buyer: 3, seller: 0, title: "ガラスの花瓶", price: 5_600, shipping: 800, placed: -17, latest: -9, shipped: -14, delivered: -10, scanned: true},
	{number: "HS-1033", buyer: 3, seller: 3, title: "味噌 3種", price: 3_150, placed: -11, latest: -4, cancelled: -6},
	{number: "HS-1034", buyer: 3, seller: 2, title: "楽譜集", price: 3_630, placed: -5, latest: 2, shipped: -2, scanned: true, tenders: []models.PaymentInput{tender("bank_transfer", 3_630)}},
	{number: "HS-1035", buyer: 1, seller: 4, title: "Brass desk bell", price: 6_900, placed: -38, latest: -29, shipped: -35, scanned: true},
	{number: "HS-1036", buyer: 2, seller: 4, title: "Wool throw", price: 21_000, shipping: 1_000, placed: -36, latest: -28, shipped: -33, delivered: -29, scanned: true},
	{number: "HS-1037", buyer: 1, seller: 0, title: "木のトレイ", price: 4_600, placed: -8, latest: -1, shipped: -5, scanned: true},
	{number: "HS-1038", buyer: 3, seller: 4, title: "Stoneware bowl", price: 5_100, placed: -45, latest: -36, shipped: -42, scanned: true},
	{number: "HS-1039", buyer: 0, seller: 4, title: "Beeswax candles", price: 3_400, placed: -42, latest: -33, shipped: -39, scanned: true},
	{number: "HS-1040", buyer: 1, seller: 2, title: "限定版ポスター", price: 8_250, placed: -13, latest: -6, cancelled: -9},
	{number: "HS-1041", buyer: 1, seller: 0, title: "コーヒー豆 中煎り 1kg", price: 3_780, placed: -16, latest: -8, shipped: -13, scanned: true, tenders: []models.PaymentInput{tender("convenience_store", 3_780)}},
	{number: "HS-1042", buyer: 2, seller: 4, title: "Pressed flower print", price: 3_900, placed: -17, latest: -9, shipped: -14, scanned: true, tenders: []models.PaymentInput{tender("credit_card", 3_400), tender("coupon", 500)}},
	{number: "HS-1061", buyer: 3, seller: 3, title: "干物 詰め合わせ", price: 5_480, shipping: 500, placed: -18, latest: -10, shipped: -15, scanned: true, tenders: []models.PaymentInput{tender("credit_card", 5_480), tender("points", 500)}},
	// Paid back in ways that need a second look.
	{number: "HS-1090", buyer: 3, seller: 1, title: "ホットプレート", price: 6_980, shipping: 800, placed: -24, latest: -15, shipped: -21, scanned: true, tenders: []models.PaymentInput{tender("convenience_store", 7_780)}},
	{number: "HS-1091", buyer: 1, seller: 2, title: "画集 函入り", price: 12_000, shipping: 600, placed: -38, latest: -30, shipped: -35, delivered: -31, scanned: true},
	{number: "HS-1092", buyer: 3, seller: 0, title: "真鍮の一輪挿し", price: 3_800, placed: -20, latest: -11, tenders: []models.PaymentInput{authorised("credit_card", 3_000), tender("points", 800)}},
	{number: "HS-1093", buyer: 1, seller: 3, title: "蒲鉾 詰め合わせ", price: 7_200, placed: -30, latest: -22, shipped: -27, scanned: true},
	{number: "HS-1094", buyer: 3, seller: 2, title: "復刻版 地図帳", price: 15_800, placed: -36, latest: -28, shipped: -33, scanned: true},
	// Of which a decision was appealed.
	{number: "HS-1170", buyer: 3, seller: 2, title: "機械式の置き時計", price: 16_800, shipping: 700, placed: -40, latest: -30, shipped: -36, delivered: -32, scanned: true},
	{number: "HS-1171", buyer: 1, seller: 3, title: "鋳物の鍋", price: 12_400, shipping: 900, placed: -42, latest: -32, shipped: -38, scanned: true},
	{number: "HS-1172", buyer: 3, seller: 2, title: "膝掛け 羊毛", price: 13_500, shipping: 700, placed: -42, latest: -33, shipped: -39, delivered: -35, scanned: true},
	{number: "HS-1095", buyer: 2, seller: 4, title: "Silver bookmark", price: 12_500, shipping: 1_250, placed: -33, latest: -25, shipped: -30, delivered: -26, scanned: true, currency: "BHD", tenders: []models.PaymentInput{tender("credit_card", 10_000), tender("wallet", 2_250), tender("gift_card", 1_500)}},
	// Sent back.
	{number: "HS-1081", buyer: 0, seller: 0, title: "キャンバスのトートバッグ", price: 4_800, placed: -22, latest: -13, shipped: -20, delivered: -12, scanned: true},
	{number: "HS-1082", buyer: 1, seller: 1, title: "小型スピーカー 2台組", price: 9_900, shipping: 600, placed: -24, latest: -15, shipped: -22, delivered: -14, scanned: true},
	{number: "HS-1083", buyer: 2, seller: 4, title: "Merino scarf", price: 8_400, placed: -28, latest: -19, shipped: -26, delivered: -18, scanned: true},
	{number: "HS-1084", buyer: 3, seller: 2, title: "小説 上下巻セット", price: 3_960, placed: -32, latest: -23, shipped: -30, delivered: -22, scanned: true},
	{number: "HS-1086", buyer: 0, seller: 0, title: "取り皿 3枚組", price: 3_300, placed: -24, latest: -15, shipped: -22, delivered: -14, scanned: true},
	{number: "HS-1087", buyer: 2, seller: 4, title: "Cushion cover, moss green", price: 2_900, placed: -28, latest: -19, shipped: -26, delivered: -18, scanned: true},
	{number: "HS-1088", buyer: 1, seller: 1, title: "ワイヤレスイヤホン", price: 12_800, placed: -32, latest: -23, shipped: -30, delivered: -22, scanned: true},
	{number: "HS-1085", buyer: 1, seller: 3, title: "果実のシロップ 3本", price: 5_200, shipping: 500, placed: -44, latest: -35, shipped: -42, delivered: -34, scanned: true},
	// On the desk: each can be decided on what both have said.
	{number: "HS-1201", buyer: 4, seller: 2, title: "星座早見盤", price: 3_850, shipping: 300, placed: -25, latest: -17, shipped: -22, delivered: -18, scanned: true},
	{number: "HS-1202", buyer: 4, seller: 3, title: "うなぎの蒲焼 冷凍 4尾", price: 9_800, shipping: 1_100, placed: -24, latest: -16, shipped: -20, delivered: -17, scanned: true},
	{number: "HS-1203", buyer: 4, seller: 1, title: "デスクチェア", price: 26_400, shipping: 1_800, placed: -26, latest: -17, shipped: -23, delivered: -18, scanned: true},
	{number: "HS-1204", buyer: 4, seller: 2, title: "建築写真集 3冊組", price: 13_200, placed: -25, latest: -16, shipped: -22, delivered: -17, scanned: true},
	{number: "HS-1205", buyer: 4, seller: 3, title: "麦茶 ティーバッグ 200袋", price: 2_980, shipping: 600, placed: -23, latest: -15, shipped: -20, scanned: true},
	// Before a claim: cancellation and return requests, and a cancellation whose money has not come back.
	{number: "HS-1043", buyer: 3, seller: 1, title: "小型扇風機", price: 4_980, placed: -4, latest: 3},
	{number: "HS-1044", buyer: 3, seller: 0, title: "ほうろうの保存容器", price: 3_600, shipping: 500, placed: -12, latest: -5, shipped: -9, delivered: -6, scanned: true},
	{number: "HS-1045", buyer: 3, seller: 0, title: "竹のかご", price: 5_200, placed: -14, latest: -7, shipped: -11, delivered: -8, scanned: true},
	{number: "HS-1046", buyer: 3, seller: 3, title: "鯛茶漬け 6食", price: 3_240, placed: -13, latest: -6, shipped: -10, delivered: -7, scanned: true},
	{number: "HS-1047", buyer: 3, seller: 1, title: "電気毛布", price: 6_480, placed: -15, latest: -5},
	{
		number: "HS-1048", buyer: 3, seller: 1, title: "コーヒーメーカー", price: 8_700, shipping: 300, placed: -14, latest: -7, cancelled: -10,
		tenders: []models.PaymentInput{tender("credit_card", 7_000), tender("points", 2_000)},
	},
}

var zone = func() *time.Location {
	z, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err) // the zone database is built into the program
	}
	return z
}()

// tellOrders has the marketplace send every order at the start of the story. What lies
// ahead of it, a delivery for instance, is known then already; nobody acts on it before.
func (st *story) tellOrders() {
	for _, o := range samples {
		in := st.input(o)
		st.orders[o.number] = in
		st.at(history, "order "+o.number, func(ctx context.Context) error { return st.put(ctx, in) })
	}
}

func (st *story) put(ctx context.Context, in models.OrderInput) error {
	_, _, err := st.s.PutOrder(ctx, st.people.Integration.Actor(), in)
	return err
}

func (st *story) input(o sample) models.OrderInput {
	b, s := buyers[o.buyer], sellers[o.seller]
	day := func(n int) string {
		return calendar.DateOf(st.now.Time(), zone).AddDays(n).String()
	}
	moment := func(n int, hour int) string {
		return models.InstantOf(calendar.StartOfDay(calendar.DateOf(st.now.Time(), zone).AddDays(n), zone).Add(time.Duration(hour) * time.Hour)).String()
	}
	total := o.price + o.shipping
	l := models.LineInput{
		Line: 1, Seller: models.SellerRef{ID: s.id, Name: s.name}, SKU: "SKU-" + o.number[3:], Title: o.title, Quantity: 1, UnitPrice: &o.price, Shipping: o.shipping,
		FulfilledBy: o.by, Digital: o.digital, Status: models.Unshipped,
		EstimatedDelivery: &models.EstimateInput{Earliest: day(o.latest - 3), Latest: day(o.latest)},
		Listing:           listing(s, o),
	}
	if o.shipped != 0 {
		l.Status = models.Shipped
		l.Shipment = &models.ShipmentInput{Carrier: "ヤマト運輸", TrackingNumber: "4812-" + o.number[3:] + "-0077", ShippedAt: moment(o.shipped, 11), Exception: o.exception}
		if o.scanned {
			l.Shipment.FirstScanAt = moment(o.shipped, 18)
		}
	}
	if o.delivered != 0 {
		l.Status = models.Delivered
		if l.Shipment == nil {
			l.Shipment = &models.ShipmentInput{}
		}
		l.Shipment.DeliveredAt = moment(o.delivered, 14)
	}
	if o.cancelled != 0 {
		l.Status = models.Cancelled
		l.Cancellation = &models.CancellationInput{At: moment(o.cancelled, 9), By: "seller", StatedReason: "out_of_stock"}
	}
	in := models.OrderInput{
		Number: o.number, Buyer: models.BuyerInput{ID: b.id, Email: b.mail, Name: b.name, Locale: b.locale}, PlacedAt: moment(o.placed, 10), Currency: cmp.Or(o.currency, "JPY"),
		Lines: []models.LineInput{l}, Payments: o.tenders,
	}
	if in.Payments == nil {
		in.Payments = []models.PaymentInput{tender("credit_card", total)}
	}
	if o.refunded {
		in.Refunds = []models.RefundInput{{Reference: "R-" + o.number, Line: 1, Tender: "credit_card", Amount: total, At: moment(o.cancelled+1, 9)}}
	}
	return in
}

func listing(s shop, o sample) *models.ListingInput {
	if s.locale == "en" {
		return &models.ListingInput{Description: fmt.Sprintf("%s. Made in our studio, packed by hand.", o.title), Condition: "new", Promises: []string{"Ships within 3 days", "Safe packing"}}
	}
	return &models.ListingInput{Description: o.title + "。新品、箱入り。写真は実物です。", Condition: "新品", Promises: []string{"3日以内に発送", "割れ物は緩衝材で梱包"}}
}
