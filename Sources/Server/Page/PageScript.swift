/// The behaviour of the web page. Text from outside reaches the page through textContent only, and links only where they are http.
enum PageScript {
    static let text = #"""
        "use strict";
        const find = (id) => document.getElementById(id);
        const storage = "pulse.key";
        let key = sessionStorage.getItem(storage) || "";
        let socket = null;
        let socketTimer = 0;
        let delay = 1000;
        let asked = 0;
        let mayRequeue = false;

        function make(name, text, className) {
          const element = document.createElement(name);
          if (text !== undefined && text !== null) element.textContent = text;
          if (className) element.className = className;
          return element;
        }
        function link(text, url) {
          if (!/^https?:\/\//i.test(url || "")) return make("span", text);
          const element = make("a", text);
          element.href = url;
          element.target = "_blank";
          element.rel = "noopener noreferrer";
          return element;
        }
        function say(text, isBad) {
          find("message").textContent = text;
          find("message").className = isBad ? "bad" : "";
        }
        async function call(method, path, body) {
          const options = { method, headers: { Authorization: "Bearer " + key }, cache: "no-store" };
          if (body !== undefined) {
            options.headers["Content-Type"] = "application/json";
            options.body = JSON.stringify(body);
          }
          let response;
          try {
            response = await fetch(path, options);
          } catch {
            throw new Error("The server cannot be reached.");
          }
          let answer = {};
          try { answer = await response.json(); } catch { answer = {}; }
          if (!response.ok) {
            const error = new Error([answer.detail || answer.title || "The server answered " + response.status, answer.remedy].filter(Boolean).join(" — "));
            error.status = response.status;
            throw error;
          }
          return answer;
        }

        function why(reason) {
          const parts = [];
          if (reason.key) parts.push("named in the query");
          if (typeof reason.dense === "number") parts.push("meaning " + reason.dense.toFixed(2));
          if (typeof reason.lexical === "number") parts.push("words " + reason.lexical.toFixed(2));
          return parts.join(", ");
        }
        function show(hit) {
          const item = make("li");
          const head = make("p", null, "facts");
          const badge = make("span", hit.source === "jira" ? "Jira" : "GitHub", "badge");
          badge.classList.add(hit.source === "jira" ? "jira" : "github");
          head.append(badge, make("span", hit.table + " "), link(hit.external_id, hit.url));
          item.append(head, make("h3", hit.title), make("p", hit.snippet));
          item.append(make("p", "score " + hit.score.toFixed(2) + " (" + why(hit.why) + ")", "facts"));
          if (hit.linked.length > 0) {
            const list = make("ul", null, "links");
            for (const other of hit.linked) {
              const line = make("li");
              line.append(link(other.external_id, other.url), make("span", " " + other.title));
              list.append(line);
            }
            item.append(make("p", "Linked", "facts"), list);
          }
          return item;
        }
        async function search() {
          const number = ++asked;
          const form = new FormData(find("search"));
          const query = find("query").value;
          const sources = form.getAll("source");
          if (sources.length === 0) { say("Choose Jira, GitHub, or both.", true); return; }
          say("Searching…");
          try {
            const answer = await call("POST", "/api/v1/search", {
              query, mode: form.get("mode"), limit: 20,
              filter: sources.length === 1 ? { sources } : {},
            });
            if (number !== asked) return;
            find("results").replaceChildren(...answer.hits.map(show));
            const count = answer.hits.length === 1 ? "1 hit" : answer.hits.length + " hits";
            const found = answer.hits.length > 0 ? count + " in " + Math.round(answer.took_ms) + " ms"
              : "No results for “" + query + "”. Try other words" + (form.get("mode") === "semantic" ? "." : ", or search by meaning only.");
            say(found + (answer.degraded ? " — " + answer.degraded : ""));
          } catch (error) {
            if (number !== asked) return;
            find("results").replaceChildren();
            say(error.message, true);
          }
        }

        async function status() {
          const mine = key;
          try {
            const answer = await call("GET", "/api/v1/status");
            if (mine !== key) return false;
            find("tables").replaceChildren(...answer.tables.map((table) => {
              const row = make("tr");
              const name = make("th", table.table);
              name.scope = "row";
              row.append(name);
              for (const count of [table.rows, table.ledger_entities, table.ledger_points, table.waiting, table.failed]) {
                row.append(make("td", count.toLocaleString()));
              }
              if (table.failed > 0) row.lastChild.className = "bad";
              return row;
            }));
            find("backlog").textContent = answer.backlog.pending + " waiting, " + answer.backlog.processing + " in progress";
            await failures();
            return mine === key;
          } catch (error) {
            if (mine !== key) return false;
            say(error.message, true);
            return error.status !== 401;
          }
        }

        async function failures() {
          const mine = key;
          const answer = await call("GET", "/api/v1/vectorization/failures?limit=1000");
          if (mine !== key) return;
          const groups = new Map();
          for (const { table, kind, reason } of answer.failures) {
            const name = JSON.stringify([table, kind, reason]);
            const group = groups.get(name) || { table, kind, reason, rows: 0 };
            group.rows += 1;
            groups.set(name, group);
          }
          find("failures").replaceChildren(...[...groups.values()].sort((a, b) => b.rows - a.rows).map((group) => {
            const row = make("tr");
            const name = make("th", group.table);
            name.scope = "row";
            row.append(name, make("td", group.rows.toLocaleString()), make("td", group.kind, "words"), make("td", group.reason, "words"));
            return row;
          }));
          const isEmpty = answer.failures.length === 0;
          find("failures-table").hidden = isEmpty;
          find("requeue").hidden = isEmpty || !mayRequeue;
          find("failures-text").textContent = isEmpty ? "No failed rows." : answer.next_cursor ? "Showing the latest 1,000:" : "";
        }
        async function requeue() {
          const mine = key;
          find("requeue").disabled = true;
          try {
            const answer = await call("POST", "/api/v1/vectorization/requeue", {});
            if (mine === key && await status()) say(answer.requeued.toLocaleString() + (answer.requeued === 1 ? " row is" : " rows are") + " back in the queue.");
          } catch (error) {
            if (mine === key) say(error.message, true);
          }
          find("requeue").disabled = false;
        }

        function seconds(value) {
          if (typeof value !== "number") return "unknown";
          return value < 90 ? Math.round(value) + " s" : Math.round(value / 60) + " min";
        }
        function told(message) {
          const text = find("progress-text");
          text.className = "";
          if (message.type === "job_started") {
            find("bar").value = 0;
            text.textContent = "Started" + (typeof message.total === "number" ? ": " + message.total + " rows." : ".");
          } else if (message.type === "job_progress") {
            find("bar").value = message.progress;
            // How much a source still holds is not known before it is read.
            const rows = message.total > message.processed ? message.processed + " of " + message.total : message.processed;
            text.textContent = rows + " rows (" + message.progress.toFixed(0) + "%), "
              + message.rate.toFixed(1) + " rows/s, " + seconds(message.eta_seconds) + " left"
              + (message.failed > 0 ? ", " + message.failed + " failed" : "");
          } else if (message.type === "job_completed") {
            find("bar").value = 100;
            text.textContent = "Done: " + message.processed + " rows in " + seconds(message.duration_seconds)
              + (message.failed > 0 ? ", " + message.failed + " failed" : "") + ".";
            status();
          } else if (message.type === "job_error") {
            text.className = "bad";
            text.textContent = "Failed: " + message.error_message;
            status();
          }
        }
        async function follow() {
          clearTimeout(socketTimer);
          if (!key) return;
          const mine = key;
          try {
            const { ticket } = await call("POST", "/api/v1/progress/tickets", { channel: "Vectorization" });
            if (mine !== key) return;
            const scheme = location.protocol === "https:" ? "wss://" : "ws://";
            const opened = new WebSocket(scheme + location.host + "/ws/progress/Vectorization?ticket=" + encodeURIComponent(ticket));
            socket = opened;
            opened.onopen = () => { delay = 1000; find("progress-text").textContent = "Connected. No run in progress."; };
            opened.onmessage = (event) => {
              if (socket !== opened) return;
              try { told(JSON.parse(event.data)); } catch { /* not for this page */ }
            };
            opened.onclose = () => { if (socket === opened) again(); };
          } catch (error) {
            if (mine === key && error.status !== 401) again();
          }
        }
        function again() {
          find("progress-text").textContent = "Connection lost; trying again.";
          delay = Math.min(delay * 2, 30000);
          socketTimer = setTimeout(follow, delay * (0.75 + Math.random() / 2));
        }

        async function enter() {
          const mine = key;
          find("workspace").hidden = true;
          find("refused").textContent = "";
          find("forget").hidden = !key;
          if (!key) return;
          say("");
          let mayOperate = false;
          try {
            mayOperate = (await call("GET", "/api/v1/me")).role !== "viewer";
          } catch (error) {
            if (mine !== key) return;
            if (error.status === 401) { find("refused").textContent = error.message; return; }
          }
          if (mine !== key) return;
          mayRequeue = mayOperate;
          find("workspace").hidden = false;
          if (await status()) {
            follow();
            find("query").focus();
          }
        }
        function forget() {
          key = "";
          asked += 1;
          delay = 1000;
          mayRequeue = false;
          sessionStorage.removeItem(storage);
          clearTimeout(socketTimer);
          if (socket) { const old = socket; socket = null; old.close(1000); }
          find("results").replaceChildren();
          find("tables").replaceChildren();
          find("backlog").textContent = "";
          find("bar").value = 0;
          find("progress-text").className = "";
          find("progress-text").textContent = "Not connected.";
          find("failures").replaceChildren();
          find("failures-text").textContent = "";
          find("failures-table").hidden = true;
          find("requeue").hidden = true;
          say("");
          enter();
          find("key").focus();
        }
        find("access").addEventListener("submit", (event) => {
          event.preventDefault();
          const entered = find("key").value.trim();
          find("key").value = "";
          forget();
          key = entered;
          sessionStorage.setItem(storage, key);
          enter();
        });
        find("forget").addEventListener("click", forget);
        find("refresh").addEventListener("click", status);
        find("requeue").addEventListener("click", requeue);
        find("search").addEventListener("submit", (event) => { event.preventDefault(); search(); });
        find("search").addEventListener("change", (event) => { if (event.target.id !== "query" && find("query").value.trim()) search(); });
        enter();
        """#
}
