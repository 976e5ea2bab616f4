insert into orders (account, cents, tax_percent, payment) values ('ada', 1200, 19, 'seed');
