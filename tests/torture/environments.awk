# environments.awk: the rows of environments.lua as SQL that SQLite and PostgreSQL understand; -v roots=N.
BEGIN {
	print "create table kind (code text primary key not null, label text not null);"
	print "create table item (id bigint primary key not null, name text, state text, n numeric(12,2), at timestamp, there timestamp, d date, kind text);"
	print "create table note (item_id bigint not null, seq int not null, word text, weight numeric(12,2), primary key (item_id, seq));"
	print "create table shelf (code text primary key not null, label text);"
	split("Istanbul,ısı,İzmir,straße,Ångström,Ångström,Ωmega,ﬁn,TITLE,title", name, ",")
	split("init,IDLE,Idle,done,finished,INIT,fini,lost", state, ",")
	split("2020-03-29 01:30:00,2020-10-25 01:30:00,2021-06-30 23:59:59.999999,2019-01-01 00:00:00,2020-02-29 12:00:00", at, ",")
	split("2020-10-04 02:15:00,2020-04-05 01:45:00,2000-01-01 00:00:00,2037-12-31 23:59:59", there, ",")
	split("a,A,b,B,z,Z,ä,Ä,_,-", code, ",")
	print "begin;"
	for (i = 0; i < 10; i++) printf "insert into kind values ('%s', 'kind %d');\n", code[i + 1], i
	for (i = 1; i <= roots; i++) {
		printf "insert into item values (%d, '%s %d', '%s', '%d.%02d', '%s', '%s', '20%02d-%02d-%02d', '%s');\n", i, name[1 + i % 10], i, state[1 + i * 7 % 8],
			i * 37 % 5000, i % 100, at[1 + i % 5], there[1 + i % 4], i % 30, 1 + i % 12, 1 + i % 28, code[i % 10 + 1]
		for (s = 1; s <= 3; s++) printf "insert into note values (%d, %d, '%s', '%d.%d');\n", i, s, name[1 + (i + s * 3) % 10], s, i % 100
		printf "insert into shelf values ('%s%d', 'shelf %d');\n", code[i % 10 + 1], i, i
	}
	print "commit;"
}
