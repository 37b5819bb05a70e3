package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// The statements of use cases that are asked for thousands of times a second are sent and
// read here, on GORM's connections and prepared statements but without its reflection per
// field and row, which cost more than the database did. What a row becomes is the same: the
// columns of its fields' names, NULL for nothing.

// pool is where the next statement goes: the transaction, or else the reading handle.
func (s *Store) pool() gorm.ConnPool {
	if s.tx != nil {
		return s.tx.Statement.ConnPool
	}
	return s.read.Statement.ConnPool
}

// sent counts a statement.
func (s *Store) sent() {
	n := s.count.Add(1)
	if s.config.OnStatement != nil {
		s.config.OnStatement(n)
	}
}

// translated gives a broken unique key its common name.
func (s *Store) translated(err error) error {
	if err == nil {
		return nil
	}
	if t, ok := s.write.Dialector.(gorm.ErrorTranslator); ok {
		return t.Translate(err)
	}
	return err
}

// alone lets a statement that has been begun come to its end: whoever went away is found out
// before the next one. Watching for it took both drivers a goroutine and some wake-ups a
// statement, more than most statements take themselves. Who has set a time limit is held to it.
func alone(ctx context.Context) (context.Context, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, limited := ctx.Deadline(); limited {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), nil
}

// run sends one writing statement and returns the rows it matched.
func (s *Store) run(ctx context.Context, query string, args []any) (int64, error) {
	query, args = expand(query, args, false)
	ctx, err := alone(ctx)
	if err != nil {
		return 0, err
	}
	r, err := s.pool().ExecContext(ctx, query, args...)
	s.sent()
	if err != nil {
		return 0, s.translated(err)
	}
	return r.RowsAffected()
}

// find reads all rows of a query into a slice of structs, whose fields are found by the
// names of the columns.
func find[T any](ctx context.Context, s *Store, query string, args ...any) (list []T, err error) {
	query, args = expand(query, args, true)
	if ctx, err = alone(ctx); err != nil {
		return nil, err
	}
	rows, err := s.pool().QueryContext(ctx, query, args...)
	s.sent()
	if err != nil {
		return nil, s.translated(err)
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	shape := shapeOf(reflect.TypeFor[T]())
	cells, into := make([]cell, len(columns)), make([]any, len(columns))
	fields := make([]*shapeField, len(columns))
	for i, name := range columns {
		if name == thenColumn && shape.then != nil {
			shape = shape.then
		}
		f, ok := shape.byColumn[name]
		if !ok {
			into[i] = new(any)
			continue
		}
		fields[i], into[i] = f, &cells[i]
	}
	for rows.Next() {
		var row T
		v := reflect.ValueOf(&row).Elem()
		for i, f := range fields {
			if f != nil {
				cells[i].v, cells[i].f = v.FieldByIndex(f.index), f
			}
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// expand writes a list of placeholders for each argument that is a slice, as in "IN ?". A
// statement that is prepared repeats the last value up to a power of two, so that there are
// few different texts to prepare.
func expand(query string, args []any, prepared bool) (string, []any) {
	lists := false
	for _, a := range args {
		lists = lists || isList(a)
	}
	if !lists {
		return query, args
	}
	var text strings.Builder
	flat := make([]any, 0, 2*len(args))
	for _, a := range args {
		before, after, _ := strings.Cut(query, "?")
		text.WriteString(before)
		query = after
		if !isList(a) {
			text.WriteByte('?')
			flat = append(flat, a)
			continue
		}
		v := reflect.ValueOf(a)
		if v.Len() == 0 {
			text.WriteString("(NULL)")
			continue
		}
		n := v.Len()
		if prepared {
			n = 1 << bits.Len(uint(n-1))
		}
		text.WriteString("(?" + strings.Repeat(",?", n-1) + ")")
		for i := range n {
			flat = append(flat, v.Index(min(i, v.Len()-1)).Interface())
		}
	}
	text.WriteString(query)
	return text.String(), flat
}

// limited is a SELECT with ORDER BY and LIMIT of its own as a part of a UNION ALL. MySQL and
// MariaDB take it in brackets and send its rows on; as a derived table each would first be
// written down, and onto the disk where there are texts in it, which took the server two
// milliseconds a case page. SQLite knows no brackets there and writes nothing down.
func (s *Store) limited(query string) string {
	if s.engine == sqliteEngine {
		return "SELECT * FROM (" + query + ")"
	}
	return "(" + query + ")"
}

// hint names the index that a query takes; it stands after the table's name.
func (e engine) hint(index string) string {
	if e == sqliteEngine {
		return " INDEXED BY " + index
	}
	return " FORCE INDEX (" + index + ")"
}

// join joins a table whose rows are found for those of the one named before it, which is read
// first, whatever the optimizer thinks.
func (e engine) join() string {
	if e == sqliteEngine {
		return " CROSS JOIN "
	}
	return " STRAIGHT_JOIN "
}

func isList(a any) bool {
	switch a.(type) {
	case nil, string, int, int64, bool, Instant, []byte:
		return false
	}
	return reflect.TypeOf(a).Kind() == reflect.Slice
}

// shape is how a struct stands in a table: its fields in their order, by column.
type shape struct {
	table    string
	fields   []*shapeField
	byColumn map[string]*shapeField
	then     *shape // of the field with the tag sql:"then", for the columns after thenColumn
	head     string // INSERT INTO t (...) VALUES
	row      string // (?,?,...)
}

// thenColumn parts the columns of one thing from those of another that may have the same names.
const thenColumn = "then_"

type shapeField struct {
	column string
	index  []int
	scans  bool // reads itself
}

var (
	shapes      sync.Map // reflect.Type to *shape
	scannerType = reflect.TypeFor[sql.Scanner]()
	instantType = reflect.TypeFor[Instant]()
)

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s := &shape{byColumn: map[string]*shapeField{}}
	s.add(t, nil)
	if named, ok := reflect.New(t).Interface().(schema.Tabler); ok {
		s.table = named.TableName()
	}
	columns := make([]string, len(s.fields))
	for i, f := range s.fields {
		columns[i] = f.column
	}
	s.head = "INSERT INTO " + s.table + " (" + strings.Join(columns, ",") + ") VALUES "
	s.row = "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	shapes.Store(t, s)
	return s
}

func (s *shape) add(t reflect.Type, at []int) {
	naming := schema.NamingStrategy{}
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), at...), i)
		if f.Tag.Get("sql") == "then" {
			s.then = &shape{byColumn: map[string]*shapeField{}}
			s.then.add(f.Type, index)
			continue
		}
		if f.Type.Kind() == reflect.Struct && (f.Anonymous || f.Tag.Get("gorm") == "embedded") {
			s.add(f.Type, index)
			continue
		}
		column := naming.ColumnName("", f.Name)
		field := &shapeField{column: column, index: index, scans: f.Type != instantType && reflect.PointerTo(f.Type).Implements(scannerType)}
		if old, ok := s.byColumn[column]; ok && len(old.index) <= len(index) {
			continue // the outer field wins, as in Go
		}
		s.fields = append(s.fields, field)
		s.byColumn[column] = field
	}
}

// cell is a field about to be read; NULL leaves it at nothing. Rows of a list have many texts
// in common with the row before, which is kept for them.
type cell struct {
	v    reflect.Value
	f    *shapeField
	last string
}

// Scan takes a value as the driver gives it.
func (c *cell) Scan(src any) error {
	if c.f.scans {
		return c.v.Addr().Interface().(sql.Scanner).Scan(src)
	}
	if src == nil {
		return nil
	}
	v := c.v
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch from := src.(type) {
	case int64:
		switch v.Kind() { //nolint:exhaustive // the kinds of our rows
		case reflect.Int, reflect.Int64:
			v.SetInt(from)
			return nil
		case reflect.Bool:
			v.SetBool(from != 0)
			return nil
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(from)
			return nil
		}
	case string:
		if v.Kind() == reflect.String {
			v.SetString(from)
			return nil
		}
	case []byte:
		if v.Kind() == reflect.String {
			if string(from) != c.last { // compared without a copy
				c.last = string(from)
			}
			v.SetString(c.last)
			return nil
		}
	}
	return fmt.Errorf("column %s: a %T does not fit %s", c.f.column, src, c.v.Type())
}

// insertRows writes one struct or a slice of them, given by pointer, in one statement.
func (s *Store) insertRows(ctx context.Context, rows any) error { return s.writeRows(ctx, rows, "") }

// ifThere is the end of an insertion that makes a row that is there already, by its key, what the
// new one says in some columns: that value, or with add its own and that together.
func (s *Store) ifThere(key string, columns []string, add bool) string {
	head, value := " ON CONFLICT ("+key+") DO UPDATE SET ", "excluded.%s"
	if s.engine != sqliteEngine {
		head, value = " ON DUPLICATE KEY UPDATE ", "VALUES(%s)"
	}
	sets := make([]string, 0, len(columns))
	for _, c := range columns {
		set := c + " = "
		if add {
			set += c + " + "
		}
		sets = append(sets, set+fmt.Sprintf(value, c))
	}
	return head + strings.Join(sets, ", ")
}

// writeRows is insertRows with an end such as that of ifThere.
func (s *Store) writeRows(ctx context.Context, rows any, tail string) error {
	v := reflect.ValueOf(rows).Elem()
	n, t := 1, v.Type()
	if v.Kind() == reflect.Slice {
		n, t = v.Len(), t.Elem()
	}
	if n == 0 {
		return nil
	}
	shape := shapeOf(t)
	// Drivers bound the arguments of one statement; 30,000 is within all of them. On SQLite
	// statements are prepared and kept, so that there are few sizes: 64 rows, 32, 16 and so on.
	most := max(1, 30_000/len(shape.fields))
	if s.engine == sqliteEngine {
		most = min(most, 64)
	}
	for from, count := 0, 0; from < n; from += count {
		count = min(most, n-from)
		if s.engine == sqliteEngine {
			count = 1 << (bits.Len(uint(count)) - 1)
		}
		args := make([]any, 0, count*len(shape.fields))
		for i := range count {
			row := v
			if v.Kind() == reflect.Slice {
				row = v.Index(from + i)
			}
			for _, f := range shape.fields {
				args = append(args, row.FieldByIndex(f.index).Interface())
			}
		}
		if _, err := s.run(ctx, shape.head+shape.row+strings.Repeat(","+shape.row, count-1)+tail, args); err != nil {
			return err
		}
	}
	return nil
}

// rowUpdate is what becomes of one row, told apart by its id: the values of the columns that are set,
// and of those that guard it.
type rowUpdate struct {
	id    string
	set   []any
	guard []any
}

// updateRows writes columns of rows of a table, in one statement where the database is a server, each
// row if its guarding columns are still what they were read as. One that is not is errAgain.
func (s *Store) updateRows(ctx context.Context, table string, set, guard []string, rows []rowUpdate) error {
	if len(rows) == 0 {
		return nil
	}
	if s.engine == mysqlEngine && len(rows) > 1 {
		return s.updateJoined(ctx, table, set, guard, rows)
	}
	query := "UPDATE " + table + " SET " + strings.Join(set, "=?, ") + "=? WHERE id=? AND " + strings.Join(guard, "=? AND ") + "=?"
	for _, r := range rows {
		n, err := s.exec(ctx, query, slices.Concat(r.set, []any{r.id}, r.guard)...)
		if err != nil {
			return err
		}
		if n == 0 {
			return errAgain
		}
	}
	return nil
}

// updateJoined joins the table with the new rows, which are read first.
func (s *Store) updateJoined(ctx context.Context, table string, set, guard []string, rows []rowUpdate) error {
	if s.tx == nil {
		return errors.New("write outside a transaction")
	}
	var query strings.Builder
	query.WriteString("UPDATE (SELECT ? AS id")
	for i := range slices.Concat(set, guard) {
		fmt.Fprintf(&query, ", ? AS v%d", i)
	}
	query.WriteString(strings.Repeat(" UNION ALL SELECT ?"+strings.Repeat(", ?", len(set)+len(guard)), len(rows)-1))
	fmt.Fprintf(&query, ") n%s%s t ON t.id = n.id", s.engine.join(), table)
	for i, column := range guard {
		fmt.Fprintf(&query, " AND t.%s = n.v%d", column, len(set)+i)
	}
	query.WriteString(" SET ")
	for i, column := range set {
		if i > 0 {
			query.WriteString(", ")
		}
		fmt.Fprintf(&query, "t.%s = n.v%d", column, i)
	}
	args := make([]any, 0, len(rows)*(1+len(set)+len(guard)))
	for _, r := range rows {
		args = append(append(append(args, r.id), r.set...), r.guard...)
	}
	n, err := s.run(ctx, query.String(), args)
	if err != nil {
		return err
	}
	if n != int64(len(rows)) {
		return errAgain
	}
	return nil
}
