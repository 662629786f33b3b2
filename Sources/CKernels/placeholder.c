int ck_placeholder;
